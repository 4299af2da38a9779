"""Script of rule `estimate_minde`."""

from snakemake.script import snakemake

from minde.runtime.job import job
from minde.stages.estimate import estimate_minde

if __name__ == "__main__":
    with job(snakemake.log[0]):
        estimate_minde(
            snakemake.input.score,
            list(snakemake.input.samples),
            snakemake.output[0],
            list(snakemake.params.sigma_refs),
            snakemake.threads,
        )

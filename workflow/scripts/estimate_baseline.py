"""Script of rule `estimate_baseline`."""

from snakemake.script import snakemake

from minde.runtime.job import job
from minde.stages.baseline import estimate_baseline

if __name__ == "__main__":
    setup = dict(snakemake.params.setup)
    with job(snakemake.log[0]):
        estimate_baseline(
            snakemake.wildcards.baseline,
            setup["kind"],
            list(snakemake.input.samples),
            snakemake.output[0],
            setup["options"],
            setup["limits"],
        )

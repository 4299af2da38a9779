"""Script of rule `collect_estimates`."""

from snakemake.script import snakemake

from minde.experiments.collect import collect
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        collect(
            list(snakemake.input),
            snakemake.output[0],
            dict(snakemake.params.labels),
            snakemake.params.seeds,
        )

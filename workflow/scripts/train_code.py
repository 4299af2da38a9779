"""Script of rule `train_code`."""

from snakemake.script import snakemake

from minde.experiments.consistency.stages import train_code
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        train_code(
            snakemake.input[0],
            snakemake.wildcards.code,
            snakemake.output[0],
            dict(snakemake.params.options),
            snakemake.params.checkpoint,
            snakemake.threads,
        )

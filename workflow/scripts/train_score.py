"""Script of rule `train_score`."""

from snakemake.script import snakemake

from minde.runtime.job import job
from minde.stages.train import train_score

if __name__ == "__main__":
    with job(snakemake.log[0]):
        train_score(
            list(snakemake.input.samples),
            snakemake.output[0],
            snakemake.wildcards.family,
            snakemake.wildcards.recipe,
            dict(snakemake.params.options),
            snakemake.params.checkpoint,
            snakemake.threads,
        )

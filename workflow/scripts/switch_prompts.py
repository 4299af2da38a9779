"""Script of rule `switch_prompts`."""

from snakemake.script import snakemake

from minde.experiments.prompts.model import ModelFiles
from minde.experiments.prompts.switch import switch_prompts
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        switch_prompts(
            ModelFiles(**dict(snakemake.params.model)),
            snakemake.input.images,
            snakemake.output[0],
            **dict(snakemake.params.switch),
            steps=snakemake.params.steps,
            checkpoint=snakemake.params.checkpoint,
            threads=snakemake.threads,
        )

"""Script of rule `generate_prompts`."""

from snakemake.script import snakemake

from minde.experiments.prompts.model import ModelFiles
from minde.experiments.prompts.stages import generate_prompts
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        generate_prompts(
            snakemake.input.prompts,
            ModelFiles(**dict(snakemake.params.model)),
            snakemake.output[0],
            snakemake.params.steps,
            snakemake.params.guidance,
            snakemake.params.chunk,
            snakemake.params.checkpoint,
            snakemake.threads,
        )

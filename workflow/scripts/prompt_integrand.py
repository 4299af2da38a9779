"""Script of rule `prompt_integrand`."""

from snakemake.script import snakemake

from minde.experiments.prompts.model import ModelFiles
from minde.experiments.prompts.stages import prompt_integrand
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        prompt_integrand(
            snakemake.input.latents,
            ModelFiles(**dict(snakemake.params.model)),
            snakemake.output[0],
            snakemake.params.times,
            snakemake.params.sigma_ref,
            snakemake.params.chunk,
            snakemake.params.checkpoint,
            snakemake.threads,
        )

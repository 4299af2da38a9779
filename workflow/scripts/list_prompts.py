"""Script of rule `list_prompts`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.prompt_model import list_prompts

if __name__ == "__main__":
    with job(snakemake.log[0]):
        list_prompts(
            snakemake.params.source,
            snakemake.params.file,
            snakemake.params.n,
            snakemake.params.classes,
            snakemake.output[0],
        )

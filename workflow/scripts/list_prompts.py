"""Script of rule `list_prompts`."""

from snakemake.script import snakemake

from minde.experiments.prompts.model import list_prompts
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        list_prompts(
            snakemake.params.source,
            snakemake.params.file,
            snakemake.params.n,
            snakemake.params.classes,
            snakemake.output[0],
        )

"""Script of rule `prompts_table`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.prompts_table import prompts_table

if __name__ == "__main__":
    with job(snakemake.log[0]):
        prompts_table(
            snakemake.input.curves,
            snakemake.input.switch,
            snakemake.output.csv,
            snakemake.output.md,
        )

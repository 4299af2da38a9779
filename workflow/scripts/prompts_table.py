"""Script of rule `prompts_table`."""

from snakemake.script import snakemake

from minde.experiments.prompts.tables import prompts_table
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        prompts_table(
            snakemake.input.curves,
            snakemake.input.switch,
            snakemake.output.csv,
            snakemake.output.md,
        )

"""Script of rule `codes_table`."""

from snakemake.script import snakemake

from minde.experiments.consistency.codes import codes_table
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        codes_table(
            list(snakemake.input),
            snakemake.output.csv,
            snakemake.output.markdown,
        )

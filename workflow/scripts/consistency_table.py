"""Script of rule `consistency_table`."""

from snakemake.script import snakemake

from minde.experiments.consistency.tables import consistency_table
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        consistency_table(
            snakemake.input[0],
            snakemake.output.csv,
            snakemake.output.markdown,
        )

"""Script of rule `consistency_table`."""

from snakemake.script import snakemake

from minde.pipeline.consistency import consistency_table
from minde.pipeline.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        consistency_table(
            snakemake.input[0],
            snakemake.output.csv,
            snakemake.output.markdown,
        )

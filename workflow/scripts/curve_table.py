"""Script of rule `curve_table`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.tables import curve_table

if __name__ == "__main__":
    with job(snakemake.log[0]):
        curve_table(
            snakemake.input[0],
            snakemake.output[0],
        )

"""Script of rule `curve_table`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.tables import curve_table
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        curve_table(
            snakemake.input[0],
            snakemake.output[0],
        )

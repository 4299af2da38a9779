"""Script of rule `datasets_table`."""

from snakemake.script import snakemake

from minde.experiments.datasets.stages import dataset_table
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        dataset_table(snakemake.input[0], snakemake.output.csv, snakemake.output.markdown)

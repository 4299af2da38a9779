"""Script of rule `noise_table`."""

from snakemake.script import snakemake

from minde.experiments.consistency.noise import noise_table
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        noise_table(snakemake.input[0], snakemake.output[0])

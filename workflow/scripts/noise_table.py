"""Script of rule `noise_table`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.noise import noise_table

if __name__ == "__main__":
    with job(snakemake.log[0]):
        noise_table(snakemake.input[0], snakemake.output[0])

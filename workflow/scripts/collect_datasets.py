"""Script of rule `collect_datasets`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.tables import collect

if __name__ == "__main__":
    with job(snakemake.log[0]):
        collect(list(snakemake.input), snakemake.output[0])

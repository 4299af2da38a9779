"""Script of rule `plot_datasets`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.datasets import plot_datasets

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_datasets(snakemake.input[0], dict(snakemake.params.style), list(snakemake.output))

"""Script of rule `plot_datasets`."""

from snakemake.script import snakemake

from minde.experiments.datasets.figures import plot_datasets
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_datasets(snakemake.input[0], dict(snakemake.params.style), list(snakemake.output))

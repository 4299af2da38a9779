"""Script of rule `plot_reconstructions`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.images import plot_reconstructions

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_reconstructions(
            snakemake.input.images[0],
            list(snakemake.input.codes),
            dict(snakemake.params.style),
            list(snakemake.output),
        )

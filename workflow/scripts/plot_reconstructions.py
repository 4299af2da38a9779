"""Script of rule `plot_reconstructions`."""

from snakemake.script import snakemake

from minde.experiments.consistency.images import plot_reconstructions
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_reconstructions(
            snakemake.input.images[0],
            list(snakemake.input.codes),
            dict(snakemake.params.style),
            list(snakemake.output),
        )

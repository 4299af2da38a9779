"""Script of rule `plot_noise`."""

from snakemake.script import snakemake

from minde.experiments.consistency.figures import plot_noise
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_noise(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

"""Script of rule `plot_noise`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.consistency import plot_noise

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_noise(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

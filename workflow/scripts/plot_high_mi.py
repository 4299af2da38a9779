"""Script of rule `plot_high_mi`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.curves import plot_high_mi

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_high_mi(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

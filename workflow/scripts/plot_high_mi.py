"""Script of rule `plot_high_mi`."""

from snakemake.script import snakemake

from minde.experiments.curves import plot_high_mi
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_high_mi(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

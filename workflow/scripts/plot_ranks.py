"""Script of rule `plot_ranks`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.ranks_figure import plot_ranks
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_ranks(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

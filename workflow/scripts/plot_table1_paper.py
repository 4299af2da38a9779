"""Script of rule `plot_table1_paper`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.heatmap import plot_difference
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_difference(
            snakemake.input[0],
            dict(snakemake.params.style),
            snakemake.params.colour_limit,
            list(snakemake.output),
        )

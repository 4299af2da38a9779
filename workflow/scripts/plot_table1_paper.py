"""Script of rule `plot_table1_paper`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.heatmap import plot_difference

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_difference(
            snakemake.input[0],
            dict(snakemake.params.style),
            snakemake.params.colour_limit,
            list(snakemake.output),
        )

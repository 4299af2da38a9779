"""Script of rule `plot_boxplot`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.boxplot import plot_boxes
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_boxes(
            snakemake.input[0],
            snakemake.params.suite,
            dict(snakemake.params.style),
            snakemake.params.columns,
            snakemake.params.panels,
            int(snakemake.wildcards.page),
            list(snakemake.output),
        )

"""Script of rule `plot_table4`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.heatmap import plot_table4
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_table4(
            snakemake.input[0],
            snakemake.params.suite,
            snakemake.params.quantum,
            list(snakemake.params.classic),
            dict(snakemake.params.style),
            snakemake.params.colour_limit,
            list(snakemake.output),
        )

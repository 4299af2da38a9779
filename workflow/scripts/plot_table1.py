"""Script of rule `plot_table1`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.heatmap import plot_table1
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_table1(
            snakemake.input[0],
            snakemake.params.suite,
            snakemake.params.quantum,
            snakemake.params.sigma_ref,
            dict(snakemake.params.style),
            snakemake.params.colour_limit,
            list(snakemake.output),
        )

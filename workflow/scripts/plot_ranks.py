"""Script of rule `plot_ranks`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.ranks import plot_ranks

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_ranks(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

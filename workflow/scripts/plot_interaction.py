"""Script of rule `plot_interaction`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.interaction import plot_interaction

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_interaction(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

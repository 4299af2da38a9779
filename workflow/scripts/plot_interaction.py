"""Script of rule `plot_interaction`."""

from snakemake.script import snakemake

from minde.experiments.interaction.figures import plot_interaction
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_interaction(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

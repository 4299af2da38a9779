"""Script of rule `plot_traversal`."""

from snakemake.script import snakemake

from minde.experiments.consistency.images import plot_traversal
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_traversal(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

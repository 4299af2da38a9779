"""Script of rule `plot_consistency`."""

from snakemake.script import snakemake

from minde.experiments.consistency.figures import plot_consistency
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_consistency(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

"""Script of rule `plot_consistency`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.consistency import plot_consistency

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_consistency(
            snakemake.input[0],
            dict(snakemake.params.style),
            list(snakemake.output),
        )

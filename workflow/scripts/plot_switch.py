"""Script of rule `plot_switch`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.prompts import plot_switch

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_switch(
            snakemake.input.switch,
            snakemake.input.curves,
            dict(snakemake.params.style),
            list(snakemake.output),
        )

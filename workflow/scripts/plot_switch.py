"""Script of rule `plot_switch`."""

from snakemake.script import snakemake

from minde.experiments.prompts.figures import plot_switch
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_switch(
            snakemake.input.switch,
            snakemake.input.curves,
            dict(snakemake.params.style),
            list(snakemake.output),
        )

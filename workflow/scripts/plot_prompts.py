"""Script of rule `plot_prompts`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.plotting.prompts import plot_prompts

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_prompts(snakemake.input[0], dict(snakemake.params.style), list(snakemake.output))

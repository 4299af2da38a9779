"""Script of rule `plot_prompts`."""

from snakemake.script import snakemake

from minde.experiments.prompts.figures import plot_prompts
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_prompts(snakemake.input[0], dict(snakemake.params.style), list(snakemake.output))

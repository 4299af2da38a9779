"""Script of rule `sample_labelled`."""

from snakemake.script import snakemake

from minde.experiments.prompts.model import sample_labelled
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        sample_labelled(snakemake.input.images, snakemake.input.code, snakemake.output[0])

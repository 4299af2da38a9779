"""Script of rule `sample_labelled`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.prompt_model import sample_labelled

if __name__ == "__main__":
    with job(snakemake.log[0]):
        sample_labelled(snakemake.input.images, snakemake.input.code, snakemake.output[0])

"""Script of rule `sample_pixels`."""

from snakemake.script import snakemake

from minde.experiments.consistency.stages import sample_pixels
from minde.runtime.job import job

if __name__ == "__main__":
    w = snakemake.wildcards
    with job(snakemake.log[0]):
        sample_pixels(snakemake.input[0], w.task, int(w.seed), snakemake.output[0])

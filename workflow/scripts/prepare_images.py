"""Script of rule `prepare_images`."""

from snakemake.script import snakemake

from minde.experiments.consistency.stages import prepare_images
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        p = snakemake.params
        prepare_images(p.dataset, p.root, p.download, snakemake.output[0])

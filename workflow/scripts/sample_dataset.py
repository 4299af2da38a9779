"""Script of rule `sample_dataset`."""

from snakemake.script import snakemake

from minde.experiments.datasets.stages import sample_dataset
from minde.runtime.job import job

if __name__ == "__main__":
    w = snakemake.wildcards
    with job(snakemake.log[0]):
        sample_dataset(w.task, dict(snakemake.params.options), int(w.seed), snakemake.output[0])

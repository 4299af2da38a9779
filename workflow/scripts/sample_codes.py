"""Script of rule `sample_codes`."""

from snakemake.script import snakemake

from minde.experiments.consistency.stages import sample_codes
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        sample_codes(
            snakemake.input.images[0],
            list(snakemake.input.codes),
            snakemake.wildcards.task,
            int(snakemake.wildcards.seed),
            snakemake.params.latent_noise,
            snakemake.output[0],
            snakemake.params.pairings,
        )

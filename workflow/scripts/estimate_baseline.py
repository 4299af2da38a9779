"""Script of rule `estimate_baseline`."""

from snakemake.script import snakemake

from minde.pipeline.baseline import estimate_baseline
from minde.pipeline.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        estimate_baseline(
            snakemake.wildcards.baseline,
            snakemake.params.kind,
            list(snakemake.input.samples),
            snakemake.output[0],
            dict(snakemake.params.options),
            dict(snakemake.params.limits),
        )

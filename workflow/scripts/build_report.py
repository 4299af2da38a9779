"""Script of rule `build_report`."""

from snakemake.script import snakemake

from minde.report.build import build_report
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        build_report(
            dict(snakemake.params.config),
            dict(zip(snakemake.params.experiments, snakemake.input.estimates, strict=True)),
            dict(zip(snakemake.params.tables, snakemake.input.tables, strict=True)),
            list(snakemake.input.figures),
            list(snakemake.input.scores),
            snakemake.params.benchmarks,
            snakemake.output[0],
        )

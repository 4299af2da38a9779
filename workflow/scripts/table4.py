"""Script of rule `table4`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.tables import table4
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        table4(
            snakemake.input[0],
            snakemake.params.suite,
            snakemake.params.quantum,
            list(snakemake.params.classic),
            snakemake.output.csv,
            snakemake.output.markdown,
            snakemake.output.latex,
        )

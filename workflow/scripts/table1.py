"""Script of rule `table1`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.tables import table1
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        table1(
            snakemake.input[0],
            snakemake.params.suite,
            snakemake.params.quantum,
            snakemake.params.sigma_ref,
            snakemake.output.csv,
            snakemake.output.markdown,
            snakemake.output.latex,
        )

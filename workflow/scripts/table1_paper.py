"""Script of rule `table1_paper`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.paper import compare
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        compare(
            snakemake.input.estimates,
            snakemake.input.paper,
            snakemake.params.suite,
            snakemake.params.sigma_ref,
            snakemake.output.csv,
            snakemake.output.markdown,
        )

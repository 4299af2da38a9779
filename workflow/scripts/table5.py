"""Script of rule `table5`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.tables import table5
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        table5(
            snakemake.input[0],
            snakemake.params.suite,
            snakemake.params.sigma_ref,
            snakemake.output.csv,
            snakemake.output.markdown,
            snakemake.output.latex,
        )

"""Script of rule `table1`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.tables import table1

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

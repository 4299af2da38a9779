"""Script of rule `table4`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.tables import table4

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

"""Script of rule `ranks`."""

from snakemake.script import snakemake

from minde.pipeline.job import job
from minde.pipeline.ranks import ranks

if __name__ == "__main__":
    with job(snakemake.log[0]):
        ranks(
            snakemake.input[0],
            snakemake.params.suite,
            snakemake.params.quantum,
            snakemake.output.csv,
            snakemake.output.markdown,
        )

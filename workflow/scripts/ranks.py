"""Script of rule `ranks`."""

from snakemake.script import snakemake

from minde.experiments.benchmark.ranks import ranks
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        ranks(
            snakemake.input[0],
            snakemake.params.suite,
            snakemake.params.quantum,
            snakemake.output.csv,
            snakemake.output.markdown,
        )

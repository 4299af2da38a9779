"""Script of every rule: calls the function that the rule's params name."""

from snakemake.script import snakemake

from minde.runtime.call import call_stage
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        call_stage(snakemake)

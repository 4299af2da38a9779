"""Script of rule `sample_task`."""

from snakemake.script import snakemake

from minde.experiments.samples import sample_task
from minde.runtime.job import job

if __name__ == "__main__":
    w = snakemake.wildcards
    with job(snakemake.log[0]):
        sample_task(
            w.suite,
            w.task,
            int(w.seed),
            int(w.n),
            snakemake.params.n_test,
            snakemake.output[0],
            dict(snakemake.params.options),
        )

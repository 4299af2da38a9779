"""Script of rule `plot_train_size`."""

from snakemake.script import snakemake

from minde.experiments.curves import plot_train_size
from minde.runtime.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_train_size(
            snakemake.input[0],
            dict(snakemake.params.style),
            snakemake.params.columns,
            snakemake.params.panels,
            int(snakemake.wildcards.page),
            list(snakemake.output),
        )

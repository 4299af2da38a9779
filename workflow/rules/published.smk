# The archive of published estimates: what is finished goes in.
# REQUIRED INPUTS: none; whatever is finished of results/{run}/estimates
# OUTPUTS: data/published/*, results/{run}/archive.csv


# Seconds of work: on a cluster these run where Snakemake runs.
localrules:
    archive,


use rule table as archive with:
    """Merge finished estimates into the archive: nothing is computed, and no row is lost."""
    output:
        csv=f"{R}/archive.csv",
    log:
        f"{R}/logs/archive.log",
    benchmark:
        f"{R}/benchmarks/archive.tsv"
    params:
        stage=stage("minde.experiments.archive.merge.archive"),
        settings=finished_settings,
        folder="data/published",

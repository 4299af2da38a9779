# The archive of published estimates: what is finished goes in, and everything is drawn from it.
# REQUIRED INPUTS: data/published/*; whatever is finished of results/{run}/estimates
# OUTPUTS: data/published/*, results/{run}/archive.csv,
#          results/published/{tables/{experiment}_estimates.parquet,status.md}


use rule table as archive with:
    """Merge finished estimates into the archive: nothing is computed, and no row is lost."""
    output:
        csv=f"{R}/archive.csv",
    log:
        f"{R}/logs/archive.log",
    benchmark:
        f"{R}/benchmarks/archive.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.archive.merge.archive"),
        settings=finished_settings,
        folder="data/published",


use rule table as publish_estimates with:
    """The archive's estimates of an experiment as a table like that of a run."""
    input:
        "config/desk.yaml",
        "config/desk-paper.yaml",
        sums="data/published/SHA256SUMS",
    output:
        collected=f"{PUBLISHED}/tables/{{experiment}}_estimates.parquet",
    log:
        f"{PUBLISHED}/logs/publish_estimates-{{experiment}}.log",
    benchmark:
        f"{PUBLISHED}/benchmarks/publish_estimates-{{experiment}}.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.archive.draw.publish"),


use rule table as publish_status with:
    """What is expected of the archive, what is there, and what could be drawn of it."""
    input:
        "config/desk.yaml",
        "config/desk-paper.yaml",
        sums="data/published/SHA256SUMS",
    output:
        markdown=f"{PUBLISHED}/status.md",
    log:
        f"{PUBLISHED}/logs/publish_status.log",
    benchmark:
        f"{PUBLISHED}/benchmarks/publish_status.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.archive.status.publish_status"),
        figures=FIGURES,

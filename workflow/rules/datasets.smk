# The user's own tables.
# REQUIRED INPUTS: the files named in config.datasets
# OUTPUTS: results/{run}/samples/user/{task}/nall-seed{seed}.parquet, results/{run}/{tables,figures}/datasets.*


use rule job as sample_dataset with:
    """Split the rows of a user's table into train and test points."""
    input:
        table=of("task", DATASETS, "path"),
    output:
        samples=f"{R}/samples/user/{{task}}/nall-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_dataset/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_dataset/{{task}}/seed{{seed}}.tsv"
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        stage=stage("minde.experiments.datasets.stages.sample_dataset"),
        entry=of("task", DATASETS),


use rule table as datasets_table with:
    """Estimates on the user's tables: mean and spread over seeds."""
    input:
        estimates=f"{SHOWN}/tables/datasets_estimates.parquet",
    output:
        **table("datasets"),
    log:
        f"{SHOWN}/logs/datasets_table.log",
    benchmark:
        f"{SHOWN}/benchmarks/datasets_table.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.datasets.stages.dataset_table"),


use rule figure as plot_datasets with:
    """Estimates on the user's tables, one panel per table."""
    input:
        estimates=f"{SHOWN}/tables/datasets_estimates.parquet",
    output:
        figures=figure("datasets"),
    log:
        f"{SHOWN}/logs/plot_datasets.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_datasets.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.datasets.figures.plot_datasets"),

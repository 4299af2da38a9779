# Mixed columns with a known truth.
# REQUIRED INPUTS: results/{run}/tables/mixed_estimates.parquet
# OUTPUTS: results/{run}/{tables,figures}/mixed.*


use rule table as mixed_table with:
    """Estimates of mixed columns beside the truth."""
    input:
        estimates=f"{SHOWN}/tables/mixed_estimates.parquet",
    output:
        **table("mixed"),
    log:
        f"{SHOWN}/logs/mixed_table.log",
    benchmark:
        f"{SHOWN}/benchmarks/mixed_table.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.mixed.tables.mixed_table"),


use rule figure as plot_mixed with:
    """Errors on mixed columns, a row a task."""
    input:
        estimates=f"{SHOWN}/tables/mixed_estimates.parquet",
    output:
        figures=figure("mixed"),
    log:
        f"{SHOWN}/logs/plot_mixed.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_mixed.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.mixed.figures.plot_mixed"),

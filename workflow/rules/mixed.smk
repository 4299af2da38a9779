# Mixed columns with a known truth.
# REQUIRED INPUTS: results/{run}/tables/mixed_estimates.parquet
# OUTPUTS: results/{run}/{tables,figures}/mixed.*


use rule table as mixed_table with:
    """Estimates of mixed columns beside the truth."""
    input:
        estimates=f"{R}/tables/mixed_estimates.parquet",
    output:
        **table("mixed"),
    log:
        f"{R}/logs/mixed_table.log",
    benchmark:
        f"{R}/benchmarks/mixed_table.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.mixed.tables.mixed_table"),


use rule figure as plot_mixed with:
    """Errors on mixed columns, a row a task."""
    input:
        estimates=f"{R}/tables/mixed_estimates.parquet",
    output:
        figures=figure("mixed"),
    log:
        f"{R}/logs/plot_mixed.log",
    benchmark:
        f"{R}/benchmarks/plot_mixed.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.mixed.figures.plot_mixed"),

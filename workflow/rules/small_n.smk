# Few rows, all that a user has.
# REQUIRED INPUTS: results/{run}/tables/small_n_estimates.parquet
# OUTPUTS: results/{run}/{tables,figures}/small_n.*


use rule table as small_n_table with:
    """Errors, intervals and seconds by rows and estimator."""
    input:
        estimates=f"{SHOWN}/tables/small_n_estimates.parquet",
    output:
        **table("small_n"),
    log:
        f"{SHOWN}/logs/small_n_table.log",
    benchmark:
        f"{SHOWN}/benchmarks/small_n_table.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.small_n.tables.small_n_table"),


use rule figure as plot_small_n with:
    """Errors and coverage against rows."""
    input:
        estimates=f"{SHOWN}/tables/small_n_estimates.parquet",
    output:
        figures=figure("small_n"),
    log:
        f"{SHOWN}/logs/plot_small_n.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_small_n.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.small_n.figures.plot_small_n"),

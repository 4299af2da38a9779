# High mutual information (Figure 1).
# REQUIRED INPUTS: results/{run}/tables/high_mi_estimates.parquet
# OUTPUTS: results/{run}/figures/high_mi.*


use rule figure as plot_high_mi with:
    """Estimates against high mutual information (Figure 1)."""
    input:
        estimates=f"{SHOWN}/tables/high_mi_estimates.parquet",
    output:
        figures=figure("high_mi"),
    log:
        f"{SHOWN}/logs/plot_high_mi.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_high_mi.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.high_mi.figures.plot_high_mi"),

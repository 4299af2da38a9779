# Interaction information (Figure 11).
# REQUIRED INPUTS: results/{run}/tables/interaction_estimates.parquet
# OUTPUTS: results/{run}/figures/interaction.*


use rule figure as plot_interaction with:
    """Interaction information against noise (Figure 11)."""
    input:
        estimates=f"{SHOWN}/tables/interaction_estimates.parquet",
    output:
        figures=figure("interaction"),
    log:
        f"{SHOWN}/logs/plot_interaction.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_interaction.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.interaction.figures.plot_interaction"),

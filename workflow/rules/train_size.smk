# Training sizes (Figures 5 to 8).
# REQUIRED INPUTS: results/{run}/tables/train_size_estimates.parquet
# OUTPUTS: results/{run}/figures/train_size-{page}.*


use rule figure as plot_train_size with:
    """Estimates against training size (Figures 5 to 8)."""
    input:
        estimates=f"{SHOWN}/tables/train_size_estimates.parquet",
    output:
        figures=figure("train_size"),
    log:
        f"{SHOWN}/logs/plot_train_size-{{page}}.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_train_size-{{page}}.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.train_size.figures.plot_train_size"),
        columns=FIGURES["train_size"]["columns"],
        panels=FIGURES["train_size"]["panels"],

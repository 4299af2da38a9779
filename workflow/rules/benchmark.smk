# The benchmark: Tables 1, 4 and 5, the comparison with the paper, ranks, Figures 3 and 4.
# REQUIRED INPUTS: results/{run}/tables/benchmark_estimates.parquet, config/paper_table1.csv
# OUTPUTS: results/{run}/tables/*, results/{run}/figures/*


use rule table as table1 with:
    """Table 1: mean over seeds, rounded to a quantum."""
    input:
        estimates=f"{SHOWN}/tables/benchmark_estimates.parquet",
    output:
        **table("table1"),
    log:
        f"{SHOWN}/logs/table1.log",
    benchmark:
        f"{SHOWN}/benchmarks/table1.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.tables.table1"),
        suite=config["benchmark"]["suite"],
        quantum=TABLE1["quantum"],
        sigma_ref=TABLE1["sigma_ref"],


use rule table as table4 with:
    """Table 4: every read-out of MINDE and the estimators without networks."""
    input:
        estimates=f"{SHOWN}/tables/benchmark_estimates.parquet",
    output:
        **table("table4"),
    log:
        f"{SHOWN}/logs/table4.log",
    benchmark:
        f"{SHOWN}/benchmarks/table4.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.tables.table4"),
        suite=config["benchmark"]["suite"],
        quantum=TABLE1["quantum"],
        classic=estimators.classic_labels(config),


use rule table as table5 with:
    """Table 5: mean and standard deviation over seeds, not rounded."""
    input:
        estimates=f"{SHOWN}/tables/benchmark_estimates.parquet",
    output:
        **table("table5"),
    log:
        f"{SHOWN}/logs/table5.log",
    benchmark:
        f"{SHOWN}/benchmarks/table5.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.tables.table5"),
        suite=config["benchmark"]["suite"],
        sigma_ref=TABLE1["sigma_ref"],


use rule table as table1_paper with:
    """Our Table 1 beside the paper's, and the difference."""
    input:
        estimates=f"{SHOWN}/tables/benchmark_estimates.parquet",
        paper=workflow.source_path("../../config/paper_table1.csv"),
    output:
        **table("table1_paper"),
    log:
        f"{SHOWN}/logs/table1_paper.log",
    benchmark:
        f"{SHOWN}/benchmarks/table1_paper.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.paper.compare"),
        suite=config["benchmark"]["suite"],
        sigma_ref=TABLE1["sigma_ref"],


use rule table as ranks with:
    """Mean rank over tasks with a significance test, errors, time and failures."""
    input:
        estimates=f"{SHOWN}/tables/benchmark_estimates.parquet",
    output:
        **table("ranks"),
    log:
        f"{SHOWN}/logs/ranks.log",
    benchmark:
        f"{SHOWN}/benchmarks/ranks.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.ranks.ranks"),
        suite=config["benchmark"]["suite"],
        quantum=TABLE1["quantum"],


use rule figure as plot_table1 with:
    """Table 1 as a picture, coloured by bias."""
    input:
        estimates=f"{SHOWN}/tables/benchmark_estimates.parquet",
    output:
        figures=figure("table1"),
    log:
        f"{SHOWN}/logs/plot_table1.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_table1.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.heatmap.plot_table1"),
        suite=config["benchmark"]["suite"],
        quantum=TABLE1["quantum"],
        sigma_ref=TABLE1["sigma_ref"],
        colour_limit=FIGURES["table1"]["colour_limit"],


use rule figure as plot_table4 with:
    """Table 4 as a picture, coloured by bias."""
    input:
        estimates=f"{SHOWN}/tables/benchmark_estimates.parquet",
    output:
        figures=figure("table4"),
    log:
        f"{SHOWN}/logs/plot_table4.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_table4.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.heatmap.plot_table4"),
        suite=config["benchmark"]["suite"],
        quantum=TABLE1["quantum"],
        classic=estimators.classic_labels(config),
        colour_limit=FIGURES["table1"]["colour_limit"],


use rule figure as plot_table1_paper with:
    """Difference between our Table 1 and the paper's."""
    input:
        comparison=rules.table1_paper.output.csv,
    output:
        figures=figure("table1_paper"),
    log:
        f"{SHOWN}/logs/plot_table1_paper.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_table1_paper.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.heatmap.plot_difference"),
        colour_limit=FIGURES["table1"]["colour_limit"],


use rule figure as plot_ranks with:
    """Mean rank and error of every estimator."""
    input:
        table=rules.ranks.output.csv,
    output:
        figures=figure("ranks"),
    log:
        f"{SHOWN}/logs/plot_ranks.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_ranks.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.ranks_figure.plot_ranks"),


use rule figure as plot_boxplot with:
    """Estimates over seeds, one panel per task (Figures 3 and 4)."""
    input:
        estimates=f"{SHOWN}/tables/benchmark_estimates.parquet",
    output:
        figures=figure("boxplot"),
    log:
        f"{SHOWN}/logs/plot_boxplot-{{page}}.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_boxplot-{{page}}.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.benchmark.boxplot.plot_boxes"),
        suite=config["benchmark"]["suite"],
        columns=FIGURES["boxplot"]["columns"],
        panels=FIGURES["boxplot"]["panels"],

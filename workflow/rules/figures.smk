# Figures.
# REQUIRED INPUTS: results/{run}/tables/estimates.parquet
# OUTPUTS: results/{run}/figures/{table1,boxplot}.{png,pdf}


rule plot_table1:
    """Table 1 as a picture, coloured by bias."""
    input:
        rules.collect_estimates.output,
    output:
        report(
            expand(f"{R}/figures/table1.{{ext}}", ext=config["figures"]["formats"]),
            category="Figures",
            caption="../report/table1.rst",
        ),
    log:
        f"{R}/logs/plot_table1.log",
    benchmark:
        f"{R}/benchmarks/plot_table1.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        quantum=config["table1"]["quantum"],
        colour_limit=config["figures"]["table1"]["colour_limit"],
        style=config["figures"]["style"],
        digest=DIGEST["table1"],
    script:
        "../scripts/plot_table1.py"


rule plot_boxplot:
    """Estimates over seeds, one panel a task."""
    input:
        rules.collect_estimates.output,
    output:
        report(
            expand(f"{R}/figures/boxplot.{{ext}}", ext=config["figures"]["formats"]),
            category="Figures",
            caption="../report/boxplot.rst",
        ),
    log:
        f"{R}/logs/plot_boxplot.log",
    benchmark:
        f"{R}/benchmarks/plot_boxplot.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        columns=config["figures"]["boxplot"]["columns"],
        style=config["figures"]["style"],
        digest=DIGEST["boxplot"],
    script:
        "../scripts/plot_boxplot.py"


rule plot_datasets:
    """Estimates on the user's tables, one panel a table."""
    input:
        rules.collect_datasets.output,
    output:
        report(
            expand(f"{R}/figures/datasets.{{ext}}", ext=config["figures"]["formats"]),
            category="Figures",
            caption="../report/datasets.rst",
        ),
    log:
        f"{R}/logs/plot_datasets.log",
    benchmark:
        f"{R}/benchmarks/plot_datasets.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=config["figures"]["style"],
        digest=DIGEST["plot_datasets"],
    script:
        "../scripts/plot_datasets.py"

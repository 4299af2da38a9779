# Tables.
# REQUIRED INPUTS: results/{run}/estimates/...
# OUTPUTS: results/{run}/tables/estimates.parquet, table1.{csv,md,tex}


rule collect_estimates:
    """Join all estimates into one table."""
    input:
        benchmark_estimates(),
    output:
        f"{R}/tables/estimates.parquet",
    log:
        f"{R}/logs/collect_estimates.log",
    benchmark:
        f"{R}/benchmarks/collect_estimates.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        digest=DIGEST["tables"],
    script:
        "../scripts/collect_estimates.py"


rule table1:
    """Table 1: mean over seeds, rounded to a quantum."""
    input:
        rules.collect_estimates.output,
    output:
        csv=report(
            f"{R}/tables/table1.csv", category="Tables", caption="../report/table1.rst"
        ),
        markdown=f"{R}/tables/table1.md",
        latex=f"{R}/tables/table1.tex",
    log:
        f"{R}/logs/table1.log",
    benchmark:
        f"{R}/benchmarks/table1.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        quantum=config["table1"]["quantum"],
        digest=DIGEST["tables"],
    script:
        "../scripts/table1.py"


rule collect_datasets:
    """Join all estimates on the user's tables."""
    input:
        dataset_estimates(),
    output:
        f"{R}/tables/dataset_estimates.parquet",
    log:
        f"{R}/logs/collect_datasets.log",
    benchmark:
        f"{R}/benchmarks/collect_datasets.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        digest=DIGEST["tables"],
    script:
        "../scripts/collect_datasets.py"


rule datasets_table:
    """Estimates on the user's tables: mean and spread over seeds."""
    input:
        rules.collect_datasets.output,
    output:
        csv=f"{R}/tables/datasets.csv",
        markdown=f"{R}/tables/datasets.md",
    log:
        f"{R}/logs/datasets_table.log",
    benchmark:
        f"{R}/benchmarks/datasets_table.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        digest=DIGEST["datasets"],
    script:
        "../scripts/datasets_table.py"

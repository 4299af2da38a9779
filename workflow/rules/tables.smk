# Tables.
# REQUIRED INPUTS: results/{run}/estimates/...
# OUTPUTS: results/{run}/tables/estimates.parquet, table1.{csv,md,tex}


rule collect_estimates:
    """Join all estimates into one table."""
    input:
        estimate_files(),
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

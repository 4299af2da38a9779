# The report page.
# REQUIRED INPUTS: results/{run}/tables/*, results/{run}/figures/*.png, results/{run}/scores/...
# OUTPUTS: results/{run}/report.html


# Seconds of work: on a cluster these run where Snakemake runs.
localrules:
    build_report,


rule build_report:
    """One self-contained page: tables, interactive charts, figures, failures, times."""
    input:
        tables=report_tables(),
        estimates=report_estimates(),
        figures=report_figures(),
        scores=report_scores(),
    output:
        f"{R}/report.html",
    log:
        f"{R}/logs/build_report.log",
    benchmark:
        f"{R}/benchmarks/build_report.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        config=report_config(),
        experiments=REPORTED,
        tables=REPORT_TABLES,
        benchmarks=f"{R}/benchmarks",
        digest=DIGEST["report"],
    script:
        "../scripts/build_report.py"

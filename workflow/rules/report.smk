# The report page.
# REQUIRED INPUTS: results/{run}/tables/*, results/{run}/figures/*.png, results/{run}/scores/...
# OUTPUTS: results/{run}/report.html


# Seconds of work: on a cluster these run where Snakemake runs.
localrules:
    build_report,


use rule table as build_report with:
    """One self-contained page: tables, interactive charts, figures, failures, times."""
    input:
        estimates=collected(),
        tables=shown_in_report("csv"),
        figures=shown_in_report("png"),
        scores=benchmark_scores(),
    output:
        report=f"{SHOWN}/report.html",
    log:
        f"{SHOWN}/logs/build_report.log",
    benchmark:
        f"{SHOWN}/benchmarks/build_report.tsv"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        stage=stage("minde.report.build.build_report", *CHARTS),
        config=told_in_report(),
        palette=FIGURES["style"]["palette"],
        benchmarks=f"{SHOWN}/benchmarks",

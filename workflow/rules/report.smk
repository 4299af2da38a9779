# The report page.
# REQUIRED INPUTS: results/{run}/tables/*, results/{run}/figures/*, results/{run}/scores/...
# OUTPUTS: results/{run}/report.html


use rule table as build_report with:
    """One self-contained page: tables, interactive charts, figures, failures, times."""
    input:
        estimates=[
            f"{R}/tables/{name}_estimates.parquet" for name in CELLS if CELLS[name]
        ],
        tables=shown_in_report("csv"),
        figures=shown_in_report("png"),
        scores=[
            c.score_path(R)
            for c in CELLS["benchmark"]
            if estimators.is_minde(c.estimator)
        ],
    output:
        report=f"{R}/report.html",
    log:
        f"{R}/logs/build_report.log",
    benchmark:
        f"{R}/benchmarks/build_report.tsv"
    localrule: True
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        stage=stage("minde.report.build.build_report", *CHARTS),
        config={k: config[k] for k in ("run", "benchmark", "minde", "table1")},
        palette=FIGURES["style"]["palette"],
        benchmarks="benchmarks",

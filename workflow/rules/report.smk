# The report page, and a run as a crate.
# REQUIRED INPUTS: results/{run}/tables/*, results/{run}/figures/*, results/{run}/scores/...
# OUTPUTS: results/{run}/report.html, results/{run}/crate.zip


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
    localrule: True
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        stage=stage("minde.report.build.build_report", *CHARTS),
        config=told_in_report(),
        palette=FIGURES["style"]["palette"],
        benchmarks="benchmarks",


use rule table as write_crate with:
    """The whole run as an RO-Crate: tables, figures, configuration, versions, digests."""
    input:
        # Snakemake may run from copies of its sources: what is to lie beside the Snakefile is named.
        workflow.source_path("../../CITATION.cff"),
        workflow.source_path("../../LICENSE"),
        workflow.source_path("../../environment.yml"),
        workflow.source_path("../../requirements.txt"),
        snakefile=workflow.source_path("../../Snakefile"),
        report=f"{R}/report.html",
        outputs=exhibited(),
        tables=[entry["path"] for entry in DATASETS.values()],
    output:
        crate=f"{R}/crate.zip",
    log:
        f"{R}/logs/write_crate.log",
    benchmark:
        f"{R}/benchmarks/write_crate.tsv"
    localrule: True
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        stage=stage("minde.report.crate.write_crate"),
        config=CONFIG,

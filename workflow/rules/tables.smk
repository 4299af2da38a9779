# Tables.
# REQUIRED INPUTS: results/{run}/estimates/...
# OUTPUTS: results/{run}/tables/{experiment}_estimates.parquet and the tables made of them


# Seconds of work: on a cluster these run where Snakemake runs.
localrules:
    collect_estimates,
    table1,
    table4,
    table5,
    table1_paper,
    ranks,
    curve_table,
    datasets_table,
    consistency_table,
    noise_table,
    codes_table,


rule collect_estimates:
    """Join all estimates of an experiment into one table."""
    input:
        experiment_estimates,
    output:
        f"{R}/tables/{{experiment}}_estimates.parquet",
    log:
        f"{R}/logs/collect_estimates-{{experiment}}.log",
    benchmark:
        f"{R}/benchmarks/collect_estimates-{{experiment}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        labels=LABELS,
        seeds=experiment_seeds,
        digest=DIGEST["collect"],
    script:
        "../scripts/collect_estimates.py"


rule table1:
    """Table 1: mean over seeds, rounded to a quantum."""
    input:
        f"{R}/tables/benchmark_estimates.parquet",
    output:
        csv=report(
            f"{R}/tables/table1.csv",
            category="Tables",
            caption="../report/table1.rst",
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
        sigma_ref=config["table1"]["sigma_ref"],
        digest=DIGEST["tables"],
    script:
        "../scripts/table1.py"


rule table4:
    """Table 4: every read-out of MINDE and the estimators without networks."""
    input:
        f"{R}/tables/benchmark_estimates.parquet",
    output:
        csv=report(
            f"{R}/tables/table4.csv",
            category="Tables",
            caption="../report/table4.rst",
        ),
        markdown=f"{R}/tables/table4.md",
        latex=f"{R}/tables/table4.tex",
    log:
        f"{R}/logs/table4.log",
    benchmark:
        f"{R}/benchmarks/table4.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        quantum=config["table1"]["quantum"],
        classic=CLASSIC,
        digest=DIGEST["tables"],
    script:
        "../scripts/table4.py"


rule table5:
    """Table 5: mean and standard deviation over seeds, not rounded."""
    input:
        f"{R}/tables/benchmark_estimates.parquet",
    output:
        csv=report(
            f"{R}/tables/table5.csv",
            category="Tables",
            caption="../report/table5.rst",
        ),
        markdown=f"{R}/tables/table5.md",
        latex=f"{R}/tables/table5.tex",
    log:
        f"{R}/logs/table5.log",
    benchmark:
        f"{R}/benchmarks/table5.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        sigma_ref=config["table1"]["sigma_ref"],
        digest=DIGEST["tables"],
    script:
        "../scripts/table5.py"


rule table1_paper:
    """Our Table 1 beside the paper's, and the difference."""
    input:
        estimates=f"{R}/tables/benchmark_estimates.parquet",
        paper="config/paper_table1.csv",
    output:
        csv=report(
            f"{R}/tables/table1_paper.csv",
            category="Tables",
            caption="../report/table1_paper.rst",
        ),
        markdown=f"{R}/tables/table1_paper.md",
    log:
        f"{R}/logs/table1_paper.log",
    benchmark:
        f"{R}/benchmarks/table1_paper.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        sigma_ref=config["table1"]["sigma_ref"],
        digest=DIGEST["paper"],
    script:
        "../scripts/table1_paper.py"


rule ranks:
    """Mean rank over tasks with a significance test, errors, time and failures."""
    input:
        f"{R}/tables/benchmark_estimates.parquet",
    output:
        csv=report(
            f"{R}/tables/ranks.csv",
            category="Tables",
            caption="../report/ranks.rst",
        ),
        markdown=f"{R}/tables/ranks.md",
    log:
        f"{R}/logs/ranks.log",
    benchmark:
        f"{R}/benchmarks/ranks.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        quantum=config["table1"]["quantum"],
        digest=DIGEST["ranks"],
    script:
        "../scripts/ranks.py"


rule curve_table:
    """Numbers of Figure 1, of Figures 5 to 8, or of Figure 11."""
    input:
        f"{R}/tables/{{experiment}}_estimates.parquet",
    output:
        f"{R}/tables/{{experiment}}.csv",
    log:
        f"{R}/logs/{{experiment}}_table.log",
    benchmark:
        f"{R}/benchmarks/{{experiment}}_table.tsv"
    wildcard_constraints:
        experiment="high_mi|train_size|interaction",
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        digest=DIGEST["tables"],
    script:
        "../scripts/curve_table.py"


rule datasets_table:
    """Estimates on the user's tables: mean and spread over seeds."""
    input:
        f"{R}/tables/datasets_estimates.parquet",
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


rule consistency_table:
    """Ratios of Figure 2: mean and spread over seeds."""
    input:
        f"{R}/tables/consistency_estimates.parquet",
    output:
        csv=report(
            f"{R}/tables/consistency.csv",
            category="Tables",
            caption="../report/consistency.rst",
        ),
        markdown=f"{R}/tables/consistency.md",
    log:
        f"{R}/logs/consistency_table.log",
    benchmark:
        f"{R}/benchmarks/consistency_table.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        digest=DIGEST["consistency"],
    script:
        "../scripts/consistency_table.py"


rule noise_table:
    """Figure 2's ratios against noise on the codes, from the integrands of ours."""
    input:
        f"{R}/tables/consistency_estimates.parquet",
    output:
        f"{R}/tables/consistency_noise.csv",
    log:
        f"{R}/logs/noise_table.log",
    benchmark:
        f"{R}/benchmarks/noise_table.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        digest=DIGEST["noise"],
    script:
        "../scripts/noise_table.py"


rule codes_table:
    """Reconstruction error of every autoencoder."""
    input:
        all_codes,
    output:
        csv=report(
            f"{R}/tables/codes.csv",
            category="Tables",
            caption="../report/codes.rst",
        ),
        markdown=f"{R}/tables/codes.md",
    log:
        f"{R}/logs/codes_table.log",
    benchmark:
        f"{R}/benchmarks/codes_table.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        digest=DIGEST["codes"],
    script:
        "../scripts/codes_table.py"

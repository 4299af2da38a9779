# Figures.
# REQUIRED INPUTS: results/{run}/tables/{experiment}_estimates.parquet
# OUTPUTS: results/{run}/figures/*.{png,pdf}


# Seconds of work: on a cluster these run where Snakemake runs.
localrules:
    plot_table1,
    plot_table4,
    plot_table1_paper,
    plot_ranks,
    plot_boxplot,
    plot_high_mi,
    plot_train_size,
    plot_interaction,
    plot_datasets,
    plot_consistency,
    plot_noise,
    plot_reconstructions,
    plot_traversal,
    plot_prompts,
    plot_switch,


rule plot_table1:
    """Table 1 as a picture, coloured by bias."""
    input:
        f"{R}/tables/benchmark_estimates.parquet",
    output:
        report(
            expand(f"{R}/figures/table1.{{ext}}", ext=FIGURES["formats"]),
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
        style=FIGURES["style"],
        quantum=config["table1"]["quantum"],
        sigma_ref=config["table1"]["sigma_ref"],
        colour_limit=FIGURES["table1"]["colour_limit"],
        digest=DIGEST["heatmap"],
    script:
        "../scripts/plot_table1.py"


rule plot_table4:
    """Table 4 as a picture, coloured by bias."""
    input:
        f"{R}/tables/benchmark_estimates.parquet",
    output:
        report(
            expand(f"{R}/figures/table4.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/table4.rst",
        ),
    log:
        f"{R}/logs/plot_table4.log",
    benchmark:
        f"{R}/benchmarks/plot_table4.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        style=FIGURES["style"],
        quantum=config["table1"]["quantum"],
        classic=CLASSIC,
        colour_limit=FIGURES["table1"]["colour_limit"],
        digest=DIGEST["heatmap"],
    script:
        "../scripts/plot_table4.py"


rule plot_table1_paper:
    """Difference between our Table 1 and the paper's."""
    input:
        rules.table1_paper.output.csv,
    output:
        report(
            expand(f"{R}/figures/table1_paper.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/table1_paper.rst",
        ),
    log:
        f"{R}/logs/plot_table1_paper.log",
    benchmark:
        f"{R}/benchmarks/plot_table1_paper.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        colour_limit=FIGURES["table1"]["colour_limit"],
        digest=DIGEST["heatmap"],
    script:
        "../scripts/plot_table1_paper.py"


rule plot_ranks:
    """Mean rank and error of every estimator."""
    input:
        rules.ranks.output.csv,
    output:
        report(
            expand(f"{R}/figures/ranks.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/ranks.rst",
        ),
    log:
        f"{R}/logs/plot_ranks.log",
    benchmark:
        f"{R}/benchmarks/plot_ranks.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["plot_ranks"],
    script:
        "../scripts/plot_ranks.py"


rule plot_boxplot:
    """Estimates over seeds, one panel a task (Figures 3 and 4)."""
    input:
        f"{R}/tables/benchmark_estimates.parquet",
    output:
        report(
            expand(
                f"{R}/figures/boxplot-{{{{page}}}}.{{ext}}",
                ext=FIGURES["formats"],
            ),
            category="Figures",
            caption="../report/boxplot.rst",
        ),
    log:
        f"{R}/logs/plot_boxplot-{{page}}.log",
    benchmark:
        f"{R}/benchmarks/plot_boxplot-{{page}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        suite=BENCHMARK["suite"],
        style=FIGURES["style"],
        columns=FIGURES["boxplot"]["columns"],
        panels=FIGURES["boxplot"]["panels"],
        digest=DIGEST["boxplot"],
    script:
        "../scripts/plot_boxplot.py"


rule plot_high_mi:
    """Estimates against high mutual information (Figure 1)."""
    input:
        f"{R}/tables/high_mi_estimates.parquet",
    output:
        report(
            expand(f"{R}/figures/high_mi.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/high_mi.rst",
        ),
    log:
        f"{R}/logs/plot_high_mi.log",
    benchmark:
        f"{R}/benchmarks/plot_high_mi.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["curves"],
    script:
        "../scripts/plot_high_mi.py"


rule plot_train_size:
    """Estimates against training size (Figures 5 to 8)."""
    input:
        f"{R}/tables/train_size_estimates.parquet",
    output:
        report(
            expand(
                f"{R}/figures/train_size-{{{{page}}}}.{{ext}}",
                ext=FIGURES["formats"],
            ),
            category="Figures",
            caption="../report/train_size.rst",
        ),
    log:
        f"{R}/logs/plot_train_size-{{page}}.log",
    benchmark:
        f"{R}/benchmarks/plot_train_size-{{page}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        columns=FIGURES["train_size"]["columns"],
        panels=FIGURES["train_size"]["panels"],
        digest=DIGEST["curves"],
    script:
        "../scripts/plot_train_size.py"


rule plot_interaction:
    """Interaction information against noise (Figure 11)."""
    input:
        f"{R}/tables/interaction_estimates.parquet",
    output:
        report(
            expand(f"{R}/figures/interaction.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/interaction.rst",
        ),
    log:
        f"{R}/logs/plot_interaction.log",
    benchmark:
        f"{R}/benchmarks/plot_interaction.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["plot_interaction"],
    script:
        "../scripts/plot_interaction.py"


rule plot_datasets:
    """Estimates on the user's tables, one panel a table."""
    input:
        f"{R}/tables/datasets_estimates.parquet",
    output:
        report(
            expand(f"{R}/figures/datasets.{{ext}}", ext=FIGURES["formats"]),
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
        style=FIGURES["style"],
        digest=DIGEST["plot_datasets"],
    script:
        "../scripts/plot_datasets.py"


rule plot_consistency:
    """Self-consistency tests on images (Figure 2)."""
    input:
        f"{R}/tables/consistency_estimates.parquet",
    output:
        report(
            expand(f"{R}/figures/consistency.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/consistency.rst",
        ),
    log:
        f"{R}/logs/plot_consistency.log",
    benchmark:
        f"{R}/benchmarks/plot_consistency.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["plot_consistency"],
    script:
        "../scripts/plot_consistency.py"


rule plot_noise:
    """Figure 2's ratios against noise on the codes."""
    input:
        rules.noise_table.output,
    output:
        report(
            expand(f"{R}/figures/consistency_noise.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/consistency_noise.rst",
        ),
    log:
        f"{R}/logs/plot_noise.log",
    benchmark:
        f"{R}/benchmarks/plot_noise.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["plot_consistency"],
    script:
        "../scripts/plot_noise.py"


rule plot_reconstructions:
    """Images with rows kept, and what their autoencoder brings back."""
    input:
        images=rules.prepare_images.output,
        codes=all_codes,
    output:
        report(
            expand(f"{R}/figures/reconstructions.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/reconstructions.rst",
        ),
    log:
        f"{R}/logs/plot_reconstructions.log",
    benchmark:
        f"{R}/benchmarks/plot_reconstructions.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["plot_images"],
    script:
        "../scripts/plot_reconstructions.py"


rule plot_traversal:
    """What each coordinate of the full images' code does."""
    input:
        code_path("full"),
    output:
        report(
            expand(f"{R}/figures/traversal.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/traversal.rst",
        ),
    log:
        f"{R}/logs/plot_traversal.log",
    benchmark:
        f"{R}/benchmarks/plot_traversal.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["plot_images"],
    script:
        "../scripts/plot_traversal.py"

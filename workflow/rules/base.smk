# What rules share: every rule of the workflow is one of these three, with what is its own.
# REQUIRED INPUTS: none
# OUTPUTS: none


rule job:
    """A call of the function that param `stage` names."""
    log:
        f"{R}/logs/job.log",
    benchmark:
        f"{R}/benchmarks/job.tsv"
    conda:
        "../envs/minde.yaml"
    threads: 1
    script:
        "../scripts/stage.py"


use rule job as table with:
    """A table: seconds of work, so each runs where Snakemake runs (a rule does not inherit that)."""
    log:
        f"{R}/logs/table.log",
    benchmark:
        f"{R}/benchmarks/table.tsv"
    resources:
        mem_mb=2000,
        runtime=10,


use rule table as figure with:
    """A figure, in the style of all."""
    log:
        f"{R}/logs/figure.log",
    benchmark:
        f"{R}/benchmarks/figure.tsv"
    params:
        style=FIGURES["style"],

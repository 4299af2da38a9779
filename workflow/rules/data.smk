# Samples of the benchmark's tasks.
# REQUIRED INPUTS: none (bmi draws them)
# OUTPUTS: results/{run}/samples/{suite}/{task}/n{n}-seed{seed}.parquet


rule sample_task:
    """Draw the train and test points of one task and seed."""
    output:
        f"{R}/samples/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_task/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_task/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        n_test=BENCHMARK["n_test"],
        digest=DIGEST["samples"],
    script:
        "../scripts/sample_task.py"

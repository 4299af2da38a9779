# Samples of the benchmark's tasks and of the user's tables.
# REQUIRED INPUTS: none for tasks (bmi draws them); the files named in config.datasets
# OUTPUTS: results/{run}/samples/{suite}/{task}/n{n}-seed{seed}.parquet


rule sample_task:
    """Draw the train and test points of one task and seed."""
    output:
        f"{R}/samples/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_task/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_task/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.tsv"
    wildcard_constraints:
        n=r"\d+",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        n_test=sample_sizes,
        options=suite_options,
        digest=DIGEST["samples"],
    script:
        "../scripts/sample_task.py"


rule sample_dataset:
    """Split the rows of a user's table into train and test points."""
    input:
        dataset_path,
    output:
        f"{R}/samples/user/{{task}}/nall-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_dataset/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_dataset/{{task}}/seed{{seed}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        options=dataset_options,
        digest=DIGEST["datasets"],
    script:
        "../scripts/sample_dataset.py"

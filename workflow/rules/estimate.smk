# Estimates: read-outs of trained networks, and baselines.
# REQUIRED INPUTS: results/{run}/scores/..., results/{run}/samples/...
# OUTPUTS: results/{run}/estimates/{suite}/{task}/{estimator}/n{n}-seeds{first}-{last}.parquet


rule estimate_minde:
    """Read every read-out of a pack in one pass over its test points; never retrains."""
    input:
        score=rules.train_score.output,
        samples=sample_files,
    output:
        f"{R}/estimates/{{suite}}/{{task}}/minde-{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.parquet",
    log:
        f"{R}/logs/estimate_minde/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.log",
    benchmark:
        f"{R}/benchmarks/estimate_minde/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=30,
    params:
        sigma_refs=MINDE["sigma_refs"],
        digest=DIGEST["estimate"],
    script:
        "../scripts/estimate_minde.py"


rule estimate_baseline:
    """Run one baseline on the samples of a few seeds, within its limits."""
    input:
        samples=sample_files,
    output:
        f"{R}/estimates/{{suite}}/{{task}}/{{baseline}}/n{{n}}-seeds{{first}}-{{last}}.parquet",
    log:
        f"{R}/logs/estimate_baseline/{{suite}}/{{task}}/{{baseline}}/n{{n}}-seeds{{first}}-{{last}}.log",
    benchmark:
        f"{R}/benchmarks/estimate_baseline/{{suite}}/{{task}}/{{baseline}}/n{{n}}-seeds{{first}}-{{last}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=baseline_memory,
        runtime=baseline_runtime,
    params:
        # One function: a job graph of thousands of jobs spends its time calling them.
        setup=baseline_setup,
    script:
        "../scripts/estimate_baseline.py"

# Training of score networks, a pack of seeds at a time.
# REQUIRED INPUTS: results/{run}/samples/{suite}/{task}/n{n}-seed{seed}.parquet, one a seed
# OUTPUTS: results/{run}/scores/{suite}/{task}/{family}-{recipe}/n{n}-seeds{first}-{last}.safetensors


rule train_score:
    """Train one network a seed, all in one packed loop; resumes from its checkpoint."""
    input:
        samples=sample_files,
    output:
        f"{R}/scores/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.safetensors",
    log:
        f"{R}/logs/train_score/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.log",
    benchmark:
        f"{R}/benchmarks/train_score/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=train_memory,
        runtime=train_runtime,
    params:
        options=train_options,
        checkpoint=f"{R}/checkpoints/{{suite}}-{{task}}-{{family}}-{{recipe}}-n{{n}}-seeds{{first}}-{{last}}.safetensors",
        digest=DIGEST["train"],
    script:
        "../scripts/train_score.py"

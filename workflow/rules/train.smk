# Training of score networks, an ensemble of seeds at a time.
# REQUIRED INPUTS: results/{run}/samples/{suite}/{task}/n{n}-seed{seed}.parquet, one per seed
# OUTPUTS: results/{run}/scores/{suite}/{task}/{family}-{recipe}/n{n}-seeds{first}-{last}.safetensors


use rule job as train_score with:
    """Train one network per seed in one loop, on a GPU beside those of other jobs; resumes."""
    input:
        samples=sample_files,
    output:
        score=f"{R}/scores/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.safetensors",
    log:
        f"{R}/logs/train_score/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.log",
    benchmark:
        f"{R}/benchmarks/train_score/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.tsv"
    resources:
        gpu=1,
        mem_mb=asks(training, "memory_mb"),
        runtime=asks(training, "minutes"),
    params:
        stage=stage("minde.stages.train.train_score"),
        options=train_options,
        checkpoint="../../../../checkpoints/{suite}-{task}-{family}-{recipe}-n{n}-seeds{first}-{last}.safetensors",

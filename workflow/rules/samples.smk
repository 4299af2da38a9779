# Samples of the suites' tasks.
# REQUIRED INPUTS: none; the sampler of each suite draws them
# OUTPUTS: results/{run}/samples/{suite}/{task}/n{n}-seed{seed}.parquet


use rule job as sample_task with:
    """Draw the train and test points of one task and seed."""
    output:
        samples=f"{R}/samples/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_task/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_task/{{suite}}/{{task}}/n{{n}}-seed{{seed}}.tsv"
    wildcard_constraints:
        suite="|".join(SAMPLERS),
        n=r"\d+",
    cache: CACHE
    # Before trainings, which are packed with those whose samples are there.
    priority: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        stage=keyed(of("suite", SAMPLERS), "benchmark-mi", "jax", "numpy", "scipy"),


share(rules.sample_task)

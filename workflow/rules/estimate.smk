# Estimates: read-outs of trained networks, and baselines; all of an experiment as one table.
# REQUIRED INPUTS: results/{run}/scores/..., results/{run}/samples/...
# OUTPUTS: results/{run}/estimates/{suite}/{task}/{estimator}/n{n}-seeds{first}-{last}.parquet,
#          results/{run}/tables/{experiment}_estimates.parquet


# MINDE as a user runs it, on columns of any kind and on few rows, has a rule of its own.
ruleorder: estimate_mixed > estimate_minde


use rule job as estimate_minde with:
    """Read every read-out of an ensemble in one pass over its test points; never retrains."""
    input:
        score=rules.train_score.output.score,
        samples=sample_files,
    output:
        estimates=f"{R}/estimates/{{suite}}/{{task}}/minde-{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.parquet",
    log:
        f"{R}/logs/estimate_minde/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.log",
    benchmark:
        f"{R}/benchmarks/estimate_minde/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.tsv"
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=30,
    params:
        stage=stage("minde.stages.estimate.estimate_minde"),
        sigma_refs=config["minde"]["sigma_refs"],


use rule job as estimate_mixed with:
    """Fit MINDE on all rows, as a user does, and read it out; resumes from its checkpoints."""
    input:
        samples=sample_files,
    output:
        estimates=f"{R}/estimates/{{suite}}/{{task}}/minde-{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.parquet",
    log:
        f"{R}/logs/estimate_mixed/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.log",
    benchmark:
        f"{R}/benchmarks/estimate_mixed/{{suite}}/{{task}}/{{family}}-{{recipe}}/n{{n}}-seeds{{first}}-{{last}}.tsv"
    wildcard_constraints:
        suite=MIXED,
    resources:
        gpu=1,
        mem_mb=asks(mixed, "memory_mb"),
        runtime=asks(mixed, "minutes"),
    params:
        stage=stage("minde.stages.mixed.estimate_mixed"),
        settings=mixed_settings,
        checkpoint="../../../../checkpoints/{suite}-{task}-mixed-{family}-{recipe}-n{n}-seeds{first}-{last}",


use rule job as estimate_baseline with:
    """Run one baseline on the samples of a few seeds, within its limits."""
    input:
        samples=sample_files,
    output:
        estimates=f"{R}/estimates/{{suite}}/{{task}}/{{baseline}}/n{{n}}-seeds{{first}}-{{last}}.parquet",
    log:
        f"{R}/logs/estimate_baseline/{{suite}}/{{task}}/{{baseline}}/n{{n}}-seeds{{first}}-{{last}}.log",
    benchmark:
        f"{R}/benchmarks/estimate_baseline/{{suite}}/{{task}}/{{baseline}}/n{{n}}-seeds{{first}}-{{last}}.tsv"
    resources:
        mem_mb=asks(baseline, "memory_mb", grows=False),
        runtime=asks(baseline, "minutes"),
    params:
        stage=of("baseline", BASELINES),


use rule table as collect_estimates with:
    """Join all estimates of an experiment into one table."""
    input:
        estimates=of("experiment", ESTIMATES, "paths"),
    output:
        collected=f"{R}/tables/{{experiment}}_estimates.parquet",
    log:
        f"{R}/logs/collect_estimates-{{experiment}}.log",
    benchmark:
        f"{R}/benchmarks/collect_estimates-{{experiment}}.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.collect.collect"),
        labels=estimators.estimator_labels(config),
        seeds=of("experiment", ESTIMATES, "seeds"),


use rule table as curve_table with:
    """Numbers of Figure 1, of Figures 5 to 8, or of Figure 11."""
    input:
        estimates=f"{SHOWN}/tables/{{experiment}}_estimates.parquet",
    output:
        csv=f"{SHOWN}/tables/{{experiment}}.csv",
    log:
        f"{SHOWN}/logs/{{experiment}}_table.log",
    benchmark:
        f"{SHOWN}/benchmarks/{{experiment}}_table.tsv"
    wildcard_constraints:
        experiment="high_mi|train_size|interaction",
    localrule: True
    params:
        stage=stage("minde.experiments.tables.curve_table"),

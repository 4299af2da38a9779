from snakemake.utils import min_version

min_version("9.16")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


onstart:
    list_trainings(
        workflow.dag.needrun_jobs(), f"{R}/checkpoints", config["minde"]["pack"]
    )


onsuccess:
    forget_trainings(f"{R}/checkpoints")


rule all:
    input:
        targets(),
    localrule: True


rule datasets:
    """The user's own tables alone: estimates, table and figure, and questions."""
    input:
        targets_of("datasets"),
    localrule: True


rule crate:
    """Everything, and the run as an RO-Crate."""
    input:
        targets(),
        f"{R}/crate.zip",
    localrule: True


rule published:
    """Every table and figure that the rows of data/published suffice for, without training."""
    input:
        published,
    localrule: True


include: "workflow/rules/base.smk"
include: "workflow/rules/samples.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/estimate.smk"
include: "workflow/rules/benchmark.smk"
include: "workflow/rules/high_mi.smk"
include: "workflow/rules/train_size.smk"
include: "workflow/rules/interaction.smk"
include: "workflow/rules/mixed.smk"
include: "workflow/rules/small_n.smk"
include: "workflow/rules/consistency.smk"
include: "workflow/rules/prompts.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/questions.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/published.smk"

# Validation, wildcards, code digests and the functions that rules share.
# REQUIRED INPUTS: config/config.yaml, overlaid by --configfile
# OUTPUTS: none
import sys

from minde.errors import ConfigError
from minde.pipeline.config import check_config, minde_options, packs, tasks
from minde.pipeline.digest import source_digest
from minde.recipe import make_recipe

try:
    check_config(config, workflow.source_path("../schemas/config.schema.yaml"))
except ConfigError as error:
    raise WorkflowError(str(error))

R = f"results/{config['run']}"
TASKS = {task.task_id: task for task in tasks(config)}
BENCHMARK, MINDE, BASELINES = config["benchmark"], config["minde"], config["baselines"]
N_TRAIN = BENCHMARK["n_train"]

DIGEST = {
    name: source_digest(f"minde.{module}")
    for name, module in {
        "samples": "pipeline.samples",
        "train": "pipeline.train",
        "estimate": "pipeline.estimate",
        "baseline": "pipeline.baseline",
        "tables": "pipeline.tables",
        "table1": "plotting.table1",
        "boxplot": "plotting.boxplot",
    }.items()
}


wildcard_constraints:
    suite=r"[a-z0-9_]+",
    task=r"[A-Za-z0-9_.-]+",
    family=r"[cj]",
    recipe=r"[a-z]+",
    baseline=r"[a-z_]+",
    n=r"\d+",
    seed=r"\d+",
    first=r"\d+",
    last=r"\d+",


def sample_files(wildcards):
    """Sample files of the seeds of a pack."""
    seeds = range(int(wildcards.first), int(wildcards.last) + 1)
    folder = f"{R}/samples/{wildcards.suite}/{wildcards.task}"
    return [f"{folder}/n{wildcards.n}-seed{seed}.parquet" for seed in seeds]


def pack_size(wildcards):
    """Copies in a pack."""
    return int(wildcards.last) - int(wildcards.first) + 1


def train_options(wildcards):
    """Recipe options of the family of a training."""
    return minde_options(config, wildcards.family)


def train_recipe(wildcards):
    """The recipe of a training, sized for its task."""
    task = TASKS[wildcards.task]
    options = minde_options(config, wildcards.family)
    return make_recipe(
        wildcards.recipe, wildcards.family, task.dim_x + task.dim_y, **options
    )


def train_runtime(wildcards, attempt):
    """Minutes for a training: 15 ms a step and copy of width 64 on one core, doubled, per try."""
    recipe = train_recipe(wildcards)
    milliseconds = 15 * (recipe.width / 64) ** 1.5 * recipe.batch_size / 256
    total = recipe.n_steps * pack_size(wildcards) * milliseconds / 60_000
    return int(attempt * (10 + 2 * total))


def train_memory(wildcards, attempt):
    """MB for a training: libraries, samples twice, blocks of batches."""
    task = TASKS[wildcards.task]
    dim, copies = task.dim_x + task.dim_y, pack_size(wildcards)
    recipe = train_recipe(wildcards)
    samples = copies * int(wildcards.n) * dim * 24 / 1e6
    blocks = (
        copies * 32 * recipe.batch_size * (8 * dim + 40 * recipe.width / 32) * 4 / 1e6
    )
    return int(attempt * (1500 + samples + blocks))


def baseline_options(wildcards):
    """Options of a baseline."""
    return BASELINES["estimators"][wildcards.baseline]


def baseline_runtime(wildcards, attempt):
    """Minutes for a baseline's pack of seeds: 60 ms a step, from its own limit of steps."""
    steps = baseline_options(wildcards).get("max_n_steps", 5000)
    return int(attempt * (10 + steps * pack_size(wildcards) * 0.060 / 60))


def estimate_files():
    """Every estimate of the run."""
    prefix, seeds = f"{R}/estimates/{BENCHMARK['suite']}", BENCHMARK["seeds"]
    minde = [
        f"{prefix}/{task}/minde-{family}-{MINDE['recipe']}/n{N_TRAIN}-seeds{a}-{b}.parquet"
        for task in TASKS
        for family in MINDE["families"]
        for a, b in packs(seeds, MINDE["seeds_per_pack"])
    ]
    baselines = [
        f"{prefix}/{task}/{name}/n{N_TRAIN}-seeds{a}-{b}.parquet"
        for task in TASKS
        for name in BASELINES["estimators"]
        for a, b in packs(seeds, BASELINES["seeds_per_job"])
    ]
    return minde + baselines


def targets():
    """Everything `rule all` makes."""
    formats = config["figures"]["formats"]
    return (
        expand(f"{R}/tables/table1.{{ext}}", ext=["csv", "md", "tex"])
        + expand(f"{R}/figures/table1.{{ext}}", ext=formats)
        + expand(f"{R}/figures/boxplot.{{ext}}", ext=formats)
    )

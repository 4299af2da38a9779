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
DATASETS = config["datasets"]
N_TRAIN = BENCHMARK["n_train"]

DIGEST = {
    name: source_digest(f"minde.{module}")
    for name, module in {
        "samples": "pipeline.samples",
        "train": "pipeline.train",
        "estimate": "pipeline.estimate",
        "baseline": "pipeline.baseline",
        "tables": "pipeline.tables",
        "datasets": "pipeline.datasets",
        "plot_datasets": "plotting.datasets",
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
    n=r"\d+|all",
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


def task_dim(wildcards):
    """Dimension of X and Y together; a user's table is taken to be of the largest size."""
    task = TASKS.get(wildcards.task)
    return task.dim_x + task.dim_y if task else 100


def train_recipe(wildcards):
    """The recipe of a training, sized for its task."""
    options = minde_options(config, wildcards.family)
    return make_recipe(
        wildcards.recipe, wildcards.family, task_dim(wildcards), **options
    )


def train_runtime(wildcards, attempt):
    """Minutes for a training: 15 ms a step and copy of width 64 on one core, doubled, per try."""
    recipe = train_recipe(wildcards)
    milliseconds = 15 * (recipe.width / 64) ** 1.5 * recipe.batch_size / 256
    total = recipe.n_steps * pack_size(wildcards) * milliseconds / 60_000
    return int(attempt * (10 + 2 * total))


def train_memory(wildcards, attempt):
    """MB for a training: libraries, samples twice, blocks of batches."""
    dim, copies = task_dim(wildcards), pack_size(wildcards)
    recipe = train_recipe(wildcards)
    rows = 100_000 if wildcards.n == "all" else int(wildcards.n)
    samples = copies * rows * dim * 24 / 1e6
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


def estimates_of(suite, task, n):
    """Every estimate of one task of a suite with n training points."""
    folder, seeds = f"{R}/estimates/{suite}/{task}", BENCHMARK["seeds"]
    minde = [
        f"{folder}/minde-{family}-{MINDE['recipe']}/n{n}-seeds{a}-{b}.parquet"
        for family in MINDE["families"]
        for a, b in packs(seeds, MINDE["seeds_per_pack"])
    ]
    baselines = [
        f"{folder}/{name}/n{n}-seeds{a}-{b}.parquet"
        for name in BASELINES["estimators"]
        for a, b in packs(seeds, BASELINES["seeds_per_job"])
    ]
    return minde + baselines


def benchmark_estimates():
    """Every estimate on the benchmark's tasks."""
    suite = BENCHMARK["suite"]
    return [path for task in TASKS for path in estimates_of(suite, task, N_TRAIN)]


def dataset_estimates():
    """Every estimate on the user's tables."""
    return [path for name in DATASETS for path in estimates_of("user", name, "all")]


def dataset_path(wildcards):
    """Path of a user's table: an edit of the file reruns what uses it."""
    return DATASETS[wildcards.task]["path"]


def dataset_options(wildcards):
    """Options of a user's table."""
    return DATASETS[wildcards.task]


def targets():
    """Everything `rule all` makes; estimates too, so that a deleted one is made again."""
    formats = config["figures"]["formats"]
    benchmark = (
        benchmark_estimates()
        + expand(f"{R}/tables/table1.{{ext}}", ext=["csv", "md", "tex"])
        + expand(f"{R}/figures/table1.{{ext}}", ext=formats)
        + expand(f"{R}/figures/boxplot.{{ext}}", ext=formats)
    )
    datasets = (
        dataset_estimates()
        + expand(f"{R}/tables/datasets.{{ext}}", ext=["csv", "md"])
        + expand(f"{R}/figures/datasets.{{ext}}", ext=formats)
    )
    return benchmark + (datasets if DATASETS else [])

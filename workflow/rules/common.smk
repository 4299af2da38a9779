# Validation, wildcards, code digests and the functions that rules share.
# REQUIRED INPUTS: config/config.yaml, overlaid by --configfile
# OUTPUTS: none

import gc

from minde.baselines.imported import source_of
from minde.baselines.base import KINDS, kind_of, options_of
from minde.errors import ConfigError
from minde.experiments import cells as experiments
from minde.experiments.config import check_config
from minde.runtime.count_cores import count_every_job
from minde.runtime.digest import source_digest, text_digest
from minde.recipe import make_recipe
from minde.experiments.consistency import tasks as consistency

# Thousands of jobs are millions of small objects that stay alive: the garbage collector's default
# thresholds walk them again and again while the graph is planned, a quarter of the time it takes.
gc.set_threshold(200_000, 20, 100)

count_every_job()

try:
    check_config(config)
    CELLS = {name: experiments.cells(config, name) for name in experiments.EXPERIMENTS}
except ConfigError as error:
    raise WorkflowError(str(error))

R = f"results/{config['run']}"
TASKS = experiments.suite_tasks(config)
LABELS = experiments.estimator_labels(config)
BENCHMARK, MINDE, BASELINES = config["benchmark"], config["minde"], config["baselines"]
CLASSIC = experiments.classic_labels(config)
CONSISTENCY, PROMPTS = config["consistency"], config["prompts"]
PROMPTED = PROMPTS["source"] != "none"
DATASETS, FIGURES = config["datasets"], config["figures"]

DIGEST = {
    name: source_digest(f"minde.{module}")
    for name, module in {
        "samples": "experiments.samples",
        "train": "stages.train",
        "estimate": "stages.estimate",
        "baseline": "stages.baseline",
        "collect": "experiments.collect",
        "tables": "experiments.benchmark.tables",
        "paper": "experiments.benchmark.paper",
        "ranks": "experiments.benchmark.ranks",
        "datasets": "experiments.datasets.stages",
        "plot_datasets": "experiments.datasets.figures",
        "heatmap": "experiments.benchmark.heatmap",
        "boxplot": "experiments.benchmark.boxplot",
        "curves": "experiments.curves",
        "plot_interaction": "experiments.interaction.figures",
        "plot_ranks": "experiments.benchmark.ranks_figure",
        "images": "experiments.consistency.stages",
        "codes": "experiments.consistency.codes",
        "consistency": "experiments.consistency.tables",
        "noise": "experiments.consistency.noise",
        "plot_consistency": "experiments.consistency.figures",
        "plot_images": "experiments.consistency.images",
        "prompt_model": "experiments.prompts.model",
        "prompts": "experiments.prompts.stages",
        "prompt_switch": "experiments.prompts.switch",
        "prompts_table": "experiments.prompts.tables",
        "plot_prompts": "experiments.prompts.figures",
        "report": "report.build",
    }.items()
}


wildcard_constraints:
    suite=r"[a-z0-9_]+",
    task=r"[A-Za-z0-9_.-]+",
    code=r"full|labels|r\d+",
    family=r"[cj]",
    recipe=r"[a-z]+",
    baseline=r"[a-z][a-z0-9_]*",
    experiment="|".join(experiments.EXPERIMENTS),
    n=r"\d+|all",
    page=r"\d+",
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
    """Recipe options of a training."""
    return experiments.training_options(
        config, wildcards.family, wildcards.suite, wildcards.n, task_dim(wildcards)
    )


def task_dim(wildcards):
    """Dimension of X and Y together; a user's table is taken to be of the largest size."""
    task = TASKS.get((wildcards.suite, wildcards.task))
    return sum(task.dims) if task else 100


def train_recipe(wildcards):
    """The recipe of a training, sized for its task."""
    options = train_options(wildcards)
    return make_recipe(
        wildcards.recipe, wildcards.family, task_dim(wildcards), **options
    )


def train_runtime(wildcards, attempt):
    """Minutes for a training: 15 ms a step and copy of width 64 on one core, doubled, per try."""
    recipe = train_recipe(wildcards)
    milliseconds = 15 * (recipe.network.width / 64) ** 1.5 * recipe.training.batch_size / 256
    total = recipe.training.n_steps * pack_size(wildcards) * milliseconds / 60_000
    return int(attempt * (10 + 2 * total))


def train_memory(wildcards, attempt):
    """MB for a training: libraries, samples twice, blocks of batches."""
    dim, copies = task_dim(wildcards), pack_size(wildcards)
    recipe = train_recipe(wildcards)
    rows = 100_000 if wildcards.n == "all" else int(wildcards.n)
    samples = copies * rows * dim * 24 / 1e6
    blocks = (
        copies * 32 * recipe.training.batch_size * (8 * dim + 40 * recipe.network.width / 32) * 4 / 1e6
    )
    return int(attempt * (1500 + samples + blocks))


def sample_sizes(wildcards):
    """Test points of a suite."""
    suite = wildcards.suite
    section = suite if suite in experiments.SUITES else "benchmark"
    return config[section]["n_test"]


def suite_options(wildcards):
    """What a suite's sampler needs beside the task."""
    if wildcards.suite != "high_mi":
        return {}
    return {"spiral_speed": config["high_mi"]["spiral_speed"]}


def baseline_setup_of(name, entry):
    """What a baseline's numbers depend on: kind, options, limits, and the code it runs."""
    kind = kind_of(name, entry)
    own = source_digest(KINDS[kind].module)
    brought = text_digest(source_of(entry.get("import", "")))
    return {
        "kind": kind,
        "options": options_of(name, entry),
        "limits": {k: entry.get(k, v) for k, v in BASELINES["limits"].items()},
        "digest": f"{DIGEST['baseline']}-{own}-{brought}",
    }


BASELINE_SETUP = {
    name: baseline_setup_of(name, entry)
    for name, entry in BASELINES["estimators"].items()
}


def baseline_setup(wildcards):
    """Kind, options, limits and digest of a baseline."""
    return BASELINE_SETUP[wildcards.baseline]


def baseline_runtime(wildcards, attempt):
    """Minutes for a baseline's pack of seeds: 60 ms a step, within its limit of time."""
    setup = BASELINE_SETUP[wildcards.baseline]
    steps = setup["options"].get("max_n_steps", 5000)
    seconds = pack_size(wildcards) * min(steps * 0.060, setup["limits"]["seconds"])
    return int(attempt * (10 + seconds / 60))


def baseline_memory(wildcards):
    """MB for a baseline: its limit, and the job that watches it."""
    return int(BASELINE_SETUP[wildcards.baseline]["limits"]["memory_mb"] + 500)


def experiment_estimates(wildcards):
    """Every estimate file of an experiment."""
    return [cell.path(R) for cell in CELLS[wildcards.experiment]]


def experiment_seeds(wildcards):
    """Seeds of an experiment; a shared pack may hold more."""
    return experiments.seeds_of(config, wildcards.experiment)


def page_paths(name, count):
    """Pages of a figure of many panels, in every format."""
    last = experiments.pages(count, FIGURES[name]["panels"])
    return expand(
        f"{R}/figures/{name}-{{page}}.{{ext}}",
        page=range(1, last + 1),
        ext=FIGURES["formats"],
    )


def code_path(code):
    """The autoencoder of images with some rows kept."""
    return f"{R}/codes/{code}.safetensors"


def task_pairings(wildcards):
    """Images that each is paired with in a consistency test: one, where there is no pair."""
    pairs = consistency.parse(wildcards.task).images > 1
    return CONSISTENCY["pairings"] if pairs else 1


def task_codes(wildcards):
    """Autoencoders whose codes a consistency test takes."""
    return [code_path(code) for code in consistency.codes_of([wildcards.task])]


def all_codes(wildcards):
    """Every autoencoder of the consistency tests, full images first."""
    tasks = [t.task_id for t in experiments.tasks_of(config, "consistency")]
    return [code_path(code) for code in consistency.codes_of(tasks)]


def code_options(wildcards):
    """How an autoencoder is built and trained."""
    section = PROMPTS if wildcards.code == "labels" else CONSISTENCY
    return section["autoencoder"]


def code_runtime(wildcards, attempt):
    """Minutes for an autoencoder: 0.09 ms an image and pass, 0.8 of convolutions, doubled."""
    options = code_options(wildcards)
    milliseconds = 0.8 if options["kind"] == "conv" else 0.09
    return int(attempt * (10 + 2 * options["epochs"] * 60_000 * milliseconds / 60_000))


def prompt_model():
    """What the conditional model of Figures 9 and 10 is loaded from."""
    if PROMPTS["source"] == "diffusers":
        return {key: PROMPTS[key] for key in ("source", "model", "revision")}
    score = f"{R}/scores/prompts/labels/c-fast/nall-seeds0-0.safetensors"
    return {"source": "images", "score": score, "code": code_path("labels")}


def prompt_model_files():
    """Files that the conditional model is made of; of diffusers' weights Snakemake knows nothing."""
    if PROMPTS["source"] != "images":
        return []
    files = prompt_model()
    return [files["score"], files["code"]]


def prompt_images():
    """Images that a classifier learns from; a diffusers pipeline has none."""
    return f"{R}/images.safetensors" if PROMPTS["source"] == "images" else []


def prompt_memory(wildcards, attempt):
    """MB for a conditional model: libraries, and the weights of a pipeline."""
    return int(attempt * (16_000 if PROMPTS["source"] == "diffusers" else 4000))


def prompt_runtime(wildcards, attempt):
    """Minutes: a network call of a pipeline takes some 0.1 s an image on a GPU, of ours next to none."""
    seconds = 0.1 if PROMPTS["source"] == "diffusers" else 0.002
    calls = PROMPTS["n"] * 2 * max(PROMPTS["times"], PROMPTS["steps"])
    return int(attempt * (20 + 2 * calls * seconds / 60))


def dataset_path(wildcards):
    """Path of a user's table: an edit of the file reruns what uses it."""
    return DATASETS[wildcards.task]["path"]


def dataset_options(wildcards):
    """Options of a user's table."""
    return DATASETS[wildcards.task]


def tables_of(*names, ext=("csv", "md", "tex")):
    """Files of some tables."""
    return expand(f"{R}/tables/{{name}}.{{ext}}", name=names, ext=ext)


def figures_of(*names):
    """Files of some figures."""
    return expand(f"{R}/figures/{{name}}.{{ext}}", name=names, ext=FIGURES["formats"])


def benchmark_targets():
    """Tables 1, 4 and 5, the comparison with the paper, ranks, Figures 3 and 4."""
    tasks = experiments.tasks_of(config, "benchmark")
    return (
        tables_of("table1", "table4", "table5")
        + tables_of("table1_paper", "ranks", ext=("csv", "md"))
        + figures_of("table1", "table4", "table1_paper", "ranks")
        + page_paths("boxplot", len(tasks))
    )


def train_size_targets():
    """Figures 5 to 8."""
    tasks = experiments.tasks_of(config, "train_size")
    return page_paths("train_size", len(tasks)) + tables_of("train_size", ext=("csv",))


REPORTED = [name for name in experiments.EXPERIMENTS if CELLS[name]]
REPORT_TABLES = [
    name
    for experiment, names in {
        "benchmark": ["table1", "table4", "table5", "table1_paper", "ranks"],
        "high_mi": ["high_mi"],
        "train_size": ["train_size"],
        "interaction": ["interaction"],
        "consistency": ["consistency", "codes"],
        "datasets": ["datasets"],
    }.items()
    if experiment in REPORTED
    for name in names
] + (["prompts"] if PROMPTED else [])


def consistency_figures():
    """Figure 2, its dependence on noise where ours are among the estimators, and the images."""
    ours = [c for c in CELLS["consistency"] if c.estimator.startswith("minde-")]
    noise = ["consistency_noise"] if ours else []
    return ["consistency", *noise, "reconstructions", "traversal"]


def consistency_targets():
    """Tables and figures of the consistency tests."""
    tables = tables_of("consistency", "codes", ext=("csv", "md"))
    return tables + figures_of(*consistency_figures())


def prompt_targets():
    """Figures 9 and 10 and their tables."""
    if not PROMPTED:
        return []
    return tables_of("prompts", ext=("csv", "md")) + figures_of("prompts", "switch")


def report_estimates():
    """Collected estimates, in the order of REPORTED."""
    return [f"{R}/tables/{name}_estimates.parquet" for name in REPORTED]


def report_tables():
    """Tables, in the order of REPORT_TABLES."""
    return [f"{R}/tables/{name}.csv" for name in REPORT_TABLES]


def report_figures():
    """PNG figures that a static picture serves better."""
    if "png" not in FIGURES["formats"]:
        return []
    names = ["table1", "table4", "table1_paper", "ranks"]
    names = names if "benchmark" in REPORTED else []
    names += [name for name in ("interaction", "datasets") if name in REPORTED]
    names += consistency_figures() if "consistency" in REPORTED else []
    names += ["prompts", "switch"] if PROMPTED else []
    boxes = [
        path
        for path in page_paths(
            "boxplot", len(experiments.tasks_of(config, "benchmark"))
        )
        if path.endswith(".png")
    ]
    return [f"{R}/figures/{name}.png" for name in names] + boxes


def report_scores():
    """Weight files of the benchmark, for the training curves."""
    cells = [c for c in CELLS["benchmark"] if c.estimator.startswith("minde-")]
    return [cell.score_path(R) for cell in cells]


def report_config():
    """The keys that the report names."""
    section = {k: MINDE[k] for k in ("recipe", "families")}
    return {
        "run": config["run"],
        "benchmark": BENCHMARK,
        "minde": section,
        "table1": config["table1"],
        "figures": {"style": {"palette": FIGURES["style"]["palette"]}},
    }


def targets_of(name):
    """Estimates, tables and figures of one experiment; none where it is not configured."""
    files = {
        "benchmark": benchmark_targets,
        "high_mi": lambda: figures_of("high_mi") + tables_of("high_mi", ext=("csv",)),
        "train_size": train_size_targets,
        "interaction": lambda: figures_of("interaction")
        + tables_of("interaction", ext=("csv",)),
        "consistency": consistency_targets,
        "datasets": lambda: figures_of("datasets")
        + tables_of("datasets", ext=("csv", "md")),
    }
    if not CELLS[name]:
        return []
    return [*(cell.path(R) for cell in CELLS[name]), *files[name]()]


def targets():
    """Everything `rule all` makes; estimates too, so that a deleted one is made again."""
    asked = [p for name in experiments.EXPERIMENTS for p in targets_of(name)]
    return [*dict.fromkeys(asked), *prompt_targets(), f"{R}/report.html"]

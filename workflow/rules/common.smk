# Validation, wildcards, targets and the functions that rules share.
# REQUIRED INPUTS: config/config.yaml, overlaid by --configfile
# OUTPUTS: none

import functools
import gc
import os
from pathlib import Path

from minde.declare import build
from minde.errors import ConfigError
from minde.experiments import estimators, registry
from minde.experiments.config import check_config, complete
from minde.experiments.consistency import tasks as consistency
from minde.experiments.datasets.experiment import read_entries
from minde.experiments.datasets.options import DatasetOptions
from minde.experiments.datasets.questions import QUESTIONS, asked
from minde.experiments.prompts.experiment import model_of
from minde.experiments.registry import EXPERIMENTS
from minde.recipe import make_recipe
from minde.runtime import resources
from minde.runtime.digest import stage
from minde.runtime.elsewhere import versions_where
from minde.runtime.forks import fork_scripts
from minde.runtime.scheduler import mend_scheduler
from minde.runtime.trainings import forget_trainings, list_trainings

# Thousands of jobs are millions of small objects that stay alive: the garbage collector's default
# thresholds walk them again and again while the graph is planned, a quarter of the time it takes.
gc.set_threshold(200_000, 20, 100)

mend_scheduler()
if workflow.is_main_process:
    fork_scripts()

# Imported by another workflow, this one has the configuration that it is given, and its defaults.
config = complete(config)
try:
    check_config(config)
    CELLS = {name: e.cells(config) for name, e in EXPERIMENTS.items()}
    BASELINES = estimators.baseline_stages(config)
except ConfigError as error:
    raise WorkflowError(str(error))

R = f"results/{config['run']}"
# What is drawn of estimates alone is drawn of this run's, or of the archive's.
SHOWN, PUBLISHED = "results/{run}", "results/published"
# Samples and autoencoders may come from a cache that workflows share, where one is named.
CACHE = "all" if os.environ.get("SNAKEMAKE_OUTPUT_CACHE") else False
CONSISTENCY, PROMPTS = config["consistency"], config["prompts"]
DATASETS = read_entries(config)
# Questions on them, by dataset and name.
ASKED = asked(config)
# Tables of the user's own that have kinds, and all on which MINDE is run as a user runs it.
TOLD = [name for name, entry in DATASETS.items() if build(DatasetOptions, entry).mixed]
MIXED = "|".join(
    [
        *(name for name, e in EXPERIMENTS.items() if e.fits),
        *[f"user(?=/(?:{'|'.join(TOLD)})/)"] * bool(TOLD),
    ]
)
FIGURES, TABLE1 = config["figures"], config["table1"]
EXHIBITS = {x.name: x for e in EXPERIMENTS.values() for x in e.exhibits}
TASKS = registry.suite_tasks(config)
ESTIMATES = {
    name: {"paths": [c.path(R) for c in CELLS[name]], "seeds": e.seeds(config)}
    for name, e in EXPERIMENTS.items()
}
OWNERS = {suite: registry.owner(config, suite) for suite in {s for s, _ in TASKS}}
FOLDS = {suite: e.folds for suite, e in OWNERS.items()}
SAMPLERS = {
    suite: stage(e.sampler, **e.sampler_options(config))
    for suite, e in OWNERS.items()
    if e.sampler
}
CHARTS = sorted({x.chart.rpartition(".")[0] for x in EXHIBITS.values() if x.chart})
CODES = consistency.codes_of(
    [t.task_id for t in EXPERIMENTS["consistency"].tasks(config)]
)
PROMPT_MODEL = model_of(config, R)
# Of diffusers' weights Snakemake knows nothing.
PROMPT_FILES = [PROMPT_MODEL[k] for k in ("score", "code") if k in PROMPT_MODEL]
# As it was given and completed, for the crate.
CONFIG = dict(config)
# workflow/report/caption.rst looks here.
config["captions"] = {
    name: (x.caption or x.claim).format(**config)
    for name, x in EXHIBITS.items()
    if x.table or x.figure
}

# And workflow/report/question.rst here.
config["asked"] = {f"{task}/{name}": e for (task, name), e in ASKED.items()}


wildcard_constraints:
    run=f"{config['run']}|published",
    suite=r"[a-z0-9_]+",
    task=r"[A-Za-z0-9_.-]+",
    code=r"full|labels|r\d+",
    family=r"[cj]",
    recipe=r"[a-z]+",
    baseline=r"[a-z][a-z0-9_]*",
    question=r"[A-Za-z0-9_-]+",
    experiment="|".join(EXPERIMENTS),
    n=r"\d+|all",
    page=r"\d+",
    seed=r"\d+",
    first=r"\d+",
    last=r"\d+",


def shown_under(exhibit):
    """Folder of an exhibit's files: of this run alone where it is not made of estimates alone."""
    return R if exhibit.beside else SHOWN


def table(name):
    """Output files of a table, by the names of a stage's parameters."""
    exhibit = EXHIBITS[name]
    folder = f"{shown_under(exhibit)}/tables"
    csv, *others = (f"{folder}/{name}.{ext}" for ext in exhibit.table)
    shown = report(csv, category="Tables", caption="../report/caption.rst")
    return {"csv": shown, **dict(zip(("markdown", "latex"), others))}


def figure(name):
    """Output files of a figure, in every format."""
    exhibit = EXHIBITS[name]
    stem = f"{name}-{{page}}" if exhibit.paged else name
    folder = f"{shown_under(exhibit)}/figures"
    files = [f"{folder}/{stem}.{ext}" for ext in FIGURES["formats"]]
    return report(files, category="Figures", caption="../report/caption.rst")


def of(wildcard, entries, key=None):
    """The entry that a wildcard names, or a part of it; none where it may be left out and is."""
    if key is None:
        return lambda wildcards: entries[getattr(wildcards, wildcard)]
    return lambda wildcards: entries[getattr(wildcards, wildcard)].get(key)


def keyed(stages, *packages):
    """Param `stage` of a file that workflows share: with all that its numbers follow from.

    Of a job, Snakemake's cache sees the params and what the inputs came from; nothing else.
    """

    def param(wildcards):
        found = stages(wildcards) if callable(stages) else stages
        known = versions_where(found.get("needs"), packages)
        return found | {"wildcards": dict(wildcards.items()), "versions": known}

    return param


def share(proxy):
    """Let one take part in the cache; Snakemake refuses those that have a benchmark file."""
    if CACHE:
        proxy.rule._benchmark = None


def asks(work, what, grows=True):
    """A resource, by what a function of the wildcards says is done; more at every attempt."""
    return lambda wildcards, attempt: int(
        getattr(work(wildcards), what) * (attempt if grows else 1)
    )


def sample_files(wildcards):
    """Sample files of the seeds that are run together."""
    seeds = range(int(wildcards.first), int(wildcards.last) + 1)
    folder = f"{R}/samples/{wildcards.suite}/{wildcards.task}"
    return [f"{folder}/n{wildcards.n}-seed{seed}.parquet" for seed in seeds]


def task_dim(wildcards):
    """Dimension of all variables together; a task that is not known may be large."""
    task = TASKS.get((wildcards.suite, wildcards.task))
    return sum(task.dims) if task else 100


def train_options(wildcards):
    """Recipe options of a training."""
    w = wildcards
    return registry.training_options(config, w.family, w.suite, w.n, task_dim(w))


def mixed_settings(wildcards):
    """How MINDE is fitted as a user fits it."""
    return {"folds": FOLDS[wildcards.suite], "options": train_options(wildcards)}


@functools.cache
def recipe_of(name, family, suite, dim, n, n_train):
    """The very recipe of a training; tasks of the same size share it, and it takes a while."""
    options = registry.training_options(config, family, suite, n, dim)
    return make_recipe(name, family, dim, n_train, **options)


def training(wildcards, kind=resources.Training, folds=1):
    """What a training is sized by."""
    w, dim, seeds = wildcards, task_dim(wildcards), sample_files(wildcards)
    n_train = resources.ROWS if w.n == "all" else int(w.n)
    recipe = recipe_of(w.recipe, w.family, w.suite, dim, w.n, n_train)
    return kind(recipe, folds * len(seeds), dim, n_train)


def mixed(wildcards):
    """What the trainings on a table of mixed columns are sized by."""
    return training(wildcards, resources.Mixed, FOLDS[wildcards.suite])


def question_entry(wildcards):
    """What is asked, with what its answer follows from."""
    return ASKED[wildcards.task, wildcards.question]


def question_word(wildcards):
    """The question."""
    return question_entry(wildcards)["ask"]


def question(wildcards):
    """What the trainings of a question are sized by."""
    entry = question_entry(wildcards)
    members = entry.get("folds", 5) * entry.get("n_seeds", 1)
    members *= QUESTIONS[entry["ask"]].estimates(entry)
    recipe = make_recipe("fast", "c", 10, resources.ROWS, **entry.get("options", {}))
    return resources.Question(recipe, members, 10, resources.ROWS)


def question_files(*kinds):
    """Files of all questions, of some kinds: csv, md, and of those that are drawn png and so on."""
    drawn = [kind for kind in kinds if kind in FIGURES["formats"]]
    return [
        f"{R}/questions/{task}/{name}.{kind}"
        for (task, name), entry in ASKED.items()
        for kind in kinds
        if kind not in drawn or QUESTIONS[entry["ask"]].figure
    ]


def baseline(wildcards):
    """What a baseline's job is sized by."""
    keywords, seeds = BASELINES[wildcards.baseline]["keywords"], sample_files(wildcards)
    return resources.Baseline(keywords["options"], keywords["limits"], len(seeds))


def code_files(codes):
    """Files of autoencoders."""
    return [f"{R}/codes/{code}.safetensors" for code in codes]


def task_codes(wildcards):
    """Autoencoders whose codes a consistency test takes."""
    return code_files(consistency.codes_of([wildcards.task]))


def task_pairings(wildcards):
    """Images that each is paired with in a consistency test: one, where there is no pair."""
    pairs = consistency.parse(wildcards.task).images > 1
    return CONSISTENCY["pairings"] if pairs else 1


def code_options(wildcards):
    """How an autoencoder is built and trained."""
    section = PROMPTS if wildcards.code == "labels" else CONSISTENCY
    return section["autoencoder"]


def code(wildcards):
    """What the training of an autoencoder is sized by."""
    return resources.Code(code_options(wildcards))


def prompting(wildcards):
    """What the jobs of a conditional model are sized by."""
    return resources.Prompting(PROMPTS)


def finished_settings(wildcards):
    """Finished estimate files, with the digest of the settings that they are to have."""
    from minde.experiments.archive.expected import settings

    cells = dict.fromkeys(c for found in CELLS.values() for c in found)
    there = [c for c in cells if Path(c.path(R)).exists()]
    paths = [c.path(R) for c in there]
    return dict(zip(paths, settings(config, there)))


def prompt_model(wildcards, input):
    """The conditional model, with its files where the rule finds them."""
    return PROMPT_MODEL | dict(zip(("score", "code"), input[: len(PROMPT_FILES)]))


def targets_of(name):
    """Estimates, tables and figures of one experiment; none where it is not configured."""
    files = [*ESTIMATES[name]["paths"], *EXPERIMENTS[name].files(config, R)]
    if name == "datasets":
        files += question_files("csv", "md", *FIGURES["formats"])
    return files


def targets():
    """Everything `rule all` makes; estimates too, so that a deleted one is made again."""
    asked = [path for name in EXPERIMENTS for path in targets_of(name)]
    return [*dict.fromkeys(asked), f"{R}/report.html"]


@functools.cache
def publication():
    """What the archive's rows suffice for."""
    from minde.experiments.archive.draw import Publication

    return Publication.of("data/published", FIGURES)


def published(wildcards):
    """Everything `rule published` makes."""
    files = publication().files(PUBLISHED)
    return [
        *files,
        *[f"{PUBLISHED}/report.html"] * bool(files),
        f"{PUBLISHED}/status.md",
    ]


def of_run(mine, archived):
    """Of this run's files, or of the archive's."""
    return lambda wildcards: mine() if wildcards.run == config["run"] else archived()


def exhibited():
    """Tables and figures of all experiments, and the estimates that they show."""
    shown = [path for e in EXPERIMENTS.values() for path in e.files(config, R)]
    estimates = [f"{R}/tables/{x}_estimates.parquet" for x in CELLS if CELLS[x]]
    return [*shown, *estimates, *question_files("csv", "md", *FIGURES["formats"])]


def shown_in_report(kind):
    """Tables (`csv`), or figures that no chart stands in for (`png`), of the report page."""

    def mine():
        files = [
            p for e in EXPERIMENTS.values() for p in e.files(config, R, charts=False)
        ]
        found = [p for p in files if p.endswith(f".{kind}")]
        return found + question_files(kind)

    def archived():
        files = publication().files(PUBLISHED, charts=False)
        return [p for p in files if p.endswith(f".{kind}")]

    return of_run(mine, archived)


def collected():
    """All estimates of each experiment, a table each."""
    return of_run(
        lambda: [
            f"{R}/tables/{name}_estimates.parquet" for name in CELLS if CELLS[name]
        ],
        lambda: [
            f"{PUBLISHED}/tables/{name}_estimates.parquet"
            for name in publication().frames
        ],
    )


def benchmark_scores():
    """Weights of the benchmark's networks; an archive has none."""
    cells = CELLS["benchmark"]
    return of_run(
        lambda: [c.score_path(R) for c in cells if estimators.is_minde(c.estimator)],
        list,
    )


def told_in_report():
    """The configuration, as far as the report's texts name it."""

    def chosen(whole):
        return {k: whole[k] for k in ("run", "benchmark", "minde", "table1")}

    return of_run(lambda: chosen(config), lambda: chosen(publication().told()))

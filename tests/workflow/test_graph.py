"""The full configuration's job graph, and the rules' hygiene."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

from minde.experiments.registry import EXPERIMENTS
from minde.runtime.call import keywords, load

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "workflow/rules").glob("*.smk"))
#: Rules without work of their own.
TARGETS, BASES = ("all", "datasets", "crate", "published"), ("job", "table", "figure")


def planned_jobs(*arguments):
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += [*arguments, "--dry-run", "--quiet", "rules", "--cores", "1"]
    command += ["--config", "run=never"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"^([a-z_0-9]+) +(\d+)$", done.stdout + done.stderr, re.MULTILINE))


def test_the_users_own_tables_can_be_asked_for_alone(tmp_path):
    table, config = tmp_path / "own.csv", tmp_path / "own.yaml"
    table.write_text("a,b\n" + "".join(f"{k % 7},{k % 5}\n" for k in range(500)))
    config.write_text(f"datasets:\n  own: {{path: {table}, x: a, y: b, test_size: 0.2}}\n")
    jobs = planned_jobs("datasets", "--configfile", str(config))
    assert jobs.keys() == {
        "sample_dataset", "train_score", "estimate_minde", "estimate_baseline",
        "collect_estimates", "datasets_table", "plot_datasets", "datasets", "total",
    }  # fmt: skip


def test_a_table_is_read_by_the_estimators_that_its_entry_names(tmp_path):
    table, config = tmp_path / "own.csv", tmp_path / "own.yaml"
    table.write_text("a,b\n1,2\n")
    rest = f"path: {table}, x: a, y: b, test_size: 0.2"
    config.write_text(
        f"datasets:\n  one: {{{rest}, estimators: [ksg]}}\n  two: {{{rest}, estimators: [cca]}}\n"
    )
    jobs = planned_jobs("datasets", "--configfile", str(config))
    assert "train_score" not in jobs
    assert jobs["estimate_baseline"] == "2"


def test_the_full_protocol_has_the_expected_jobs():
    jobs = planned_jobs()
    expected = {
        # Benchmark, 24 high-MI tasks, three training sizes that the benchmark has not, and 39 tasks
        # of three variables and 27 of six; 14 laws of mixed columns; four numbers of few rows.
        "sample_task": 40 * 10 + 24 * 5 + 3 * 40 * 5 + (39 + 27) * 5 + 14 * 5 + 4 * 40 * 5,
        # On images 8 baselines, 6 data-processing and 7 additivity tests; an autoencoder for each
        # number of rows and one for full images; and one whose codes a label conditions.
        "train_code": 10,
        "sample_codes": 21 * 5,
        "sample_pixels": 21 * 5,
        "train_score": (40 + 24 + 3 * 40 + 39 + 21) * 2 + 27 + 1,
        "estimate_minde": (40 + 24 + 3 * 40 + 39 + 21) * 2 + 27,
        # 14 laws of mixed columns, and few rows.
        "estimate_mixed": 14 + 4 * 40,
        # 11 baselines, all seeds in one job; six of them at other sizes, four on images, two on
        # mixed columns, five on few rows.
        "estimate_baseline": 40 * 11 + 24 * 11 + 3 * 40 * 6 + 21 * 4 + 14 * 2 + 4 * 40 * 5,
        "collect_estimates": 7,
        "generate_prompts": 1,
        "prompt_integrand": 1,
        "switch_prompts": 1,
        "plot_boxplot": 2,
        "plot_train_size": 4,
    }
    assert {name: int(jobs[name]) for name in expected} == expected


@pytest.fixture(scope="module")
def rules():
    """Every rule that computes, as Snakemake has read it, with what it inherits."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            ResourceSettings(cores=1),
            ConfigSettings(config={"run": "never"}),
            snakefile=ROOT / "Snakefile",
            workdir=ROOT,
        )
        return [r for r in workflow._workflow.rules if r.name not in (*TARGETS, *BASES)]


def test_tables_and_figures_stay_where_snakemake_runs(rules):
    # A rule made of a local one does not inherit that; on a cluster each would be a job of its own.
    local = {rule.name for rule in rules if rule.name in rule.workflow._localrules}
    shown = {rule.name for rule in rules if shows(rule)}
    assert {"table1", "plot_switch", "build_report"} <= shown
    assert local == shown | {"prepare_images", "list_prompts"}


def shows(rule):
    """Whether all it writes are tables, figures, the report and the crate."""
    figure = r"questions/.*\.(png|pdf|svg)"
    own = rf"tables/|figures/|{figure}|report\.html|crate\.zip|status\.md|archive\.csv"
    shown = rf"results/[^/]+/({own})"
    return all(re.match(shown, str(path)) for path in rule.output)


def stage_of(rule):
    """The param ``stage``; where it is a function of the wildcards, that of each it can be."""
    found = rule.params.stage
    if not callable(found):
        return [found]
    known = inspect.getclosurevars(found).nonlocals
    if "stages" in known:
        of = known["stages"]
        known = inspect.getclosurevars(of).nonlocals if callable(of) else {"entries": {"": of}}
    return list(known["entries"].values())


def test_every_computing_rule_declares_what_it_needs(rules):
    assert {"train_score", "table1", "plot_switch"} <= {rule.name for rule in rules}
    for rule in rules:
        for part in ("output", "log", "benchmark", "params", "script", "conda_env", "docstring"):
            assert getattr(rule, part), f"rule {rule.name} lacks {part}"
        assert {"mem_mb", "runtime"} <= set(rule.resources), f"rule {rule.name} lacks resources"
        for stage in stage_of(rule):
            assert re.fullmatch(r"[0-9a-f]{12}", stage["digest"]), f"{rule.name} watches nothing"
    gpu = {rule.name for rule in rules if "gpu" in rule.resources}
    assert {"train_score", "estimate_minde"} <= gpu
    for path in RULES:
        text = path.read_text()
        assert not re.search(r"^    run:", text, re.MULTILINE)
        assert path.stem == "common" or "lambda" not in text


def test_what_a_rule_names_are_the_parameters_of_its_stage(rules):
    for rule in rules:
        given = {
            "input": dict(rule.input._get_names()),
            "output": dict(rule.output._get_names()),
            "param": {k: None for k, _ in rule.params._get_names() if k != "stage"},
        }
        offered = {**dict.fromkeys(rule.wildcard_names, "0"), "threads": 1, "digest": ""}
        for stage in stage_of(rule):
            function = load(stage["function"])
            keywords(function, {**given, "keyword": stage["keywords"]}, offered)


def test_every_exhibit_has_its_rules(rules):
    names = [Path(path).name for rule in rules for path in map(str, rule.output)]
    made = {re.sub(r"\{(\w+),.*\}", r"{\1}", name) for name in names}
    for experiment in EXPERIMENTS.values():
        for exhibit in experiment.exhibits:
            stem = f"{exhibit.name}-{{page}}" if exhibit.paged else exhibit.name
            wanted = [f"{exhibit.name}.{ext}" for ext in exhibit.table]
            wanted += [f"{stem}.png"] * exhibit.figure
            # One rule makes all tables of curves.
            assert set(wanted) <= made | {f"{experiment.name}.csv"}, exhibit.name


def test_the_snakefile_only_includes():
    text = (ROOT / "Snakefile").read_text()
    assert re.findall(r"^rule (\w+)", text, re.MULTILINE) == [*TARGETS]
    assert "def " not in text


def test_one_script_serves_every_rule_and_computes_nothing(rules):
    scripts = list((ROOT / "workflow/scripts").glob("*.py"))
    assert {(ROOT / "workflow/rules" / rule.script).resolve() for rule in rules} == set(scripts)
    for path in scripts:
        text = path.read_text()
        assert 'if __name__ == "__main__":' in text
        assert not re.search(r"^\s*(for|while|def|class) ", text, re.MULTILINE)

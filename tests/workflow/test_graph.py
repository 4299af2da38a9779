"""The full configuration's job graph, and the rules' hygiene."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "workflow/rules").glob("*.smk"))


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


def test_the_full_protocol_has_the_expected_jobs():
    jobs = planned_jobs()
    expected = {
        # Benchmark, 24 high-MI tasks, three training sizes that the benchmark has not, and 39 tasks
        # of three variables and 27 of six.
        "sample_task": 40 * 10 + 24 * 5 + 3 * 40 * 5 + (39 + 27) * 5,
        # On images 8 baselines, 6 data-processing and 7 additivity tests; an autoencoder for each
        # number of rows and one for full images; and one whose codes a label conditions.
        "train_code": 10,
        "sample_codes": 21 * 5,
        "sample_pixels": 21 * 5,
        "train_score": (40 + 24 + 3 * 40 + 39 + 21) * 2 + 27 + 1,
        "estimate_minde": (40 + 24 + 3 * 40 + 39 + 21) * 2 + 27,
        # 11 baselines, all seeds in one job; six of them at other sizes, four on images.
        "estimate_baseline": 40 * 11 + 24 * 11 + 3 * 40 * 6 + 21 * 4,
        "collect_estimates": 5,
        "generate_prompts": 1,
        "prompt_integrand": 1,
        "switch_prompts": 1,
        "plot_boxplot": 2,
        "plot_train_size": 4,
    }
    assert {name: int(jobs[name]) for name in expected} == expected


def test_every_computing_rule_declares_what_it_needs():
    for path in RULES:
        text = path.read_text()
        for block in re.split(r"^rule ", text, flags=re.MULTILINE)[1:]:
            name = block.split(":")[0]
            for part in ("output:", "log:", "benchmark:", "params:", "resources:", "script:"):
                assert f"    {part}" in block, f"rule {name} lacks {part}"
            for key in ("mem_mb=", "runtime="):
                assert key in block, f"rule {name} lacks {key}"
            assert re.search(r"digest=DIGEST\[|setup=baseline_setup", block), (
                f"rule {name} does not watch the library"
            )
            assert "lambda" not in block
            assert not re.search(r"^    run:", block, re.MULTILINE)
    assert "gpu=1" in (ROOT / "workflow/rules/train.smk").read_text()


def test_the_snakefile_only_includes():
    text = (ROOT / "Snakefile").read_text()
    assert re.findall(r"^rule (\w+)", text, re.MULTILINE) == ["all", "datasets"]
    assert "def " not in text


def test_scripts_are_named_after_their_rules_and_compute_nothing():
    rules = {m for p in RULES for m in re.findall(r"^rule (\w+)", p.read_text(), re.MULTILINE)}
    scripts = {p.stem: p.read_text() for p in (ROOT / "workflow/scripts").glob("*.py")}
    assert set(scripts) == rules
    for name, text in scripts.items():
        assert 'if __name__ == "__main__":' in text, name
        assert not re.search(r"^\s*(for|while|def|class) ", text, re.MULTILINE), name

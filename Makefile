# `make` runs every figure at laptop size; `make test` runs the tests. Both set the environment up.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all
# Keep freed memory in the process: a training step frees and takes the same few hundred KB again.
export MALLOC_MMAP_THRESHOLD_ := 536870912
export MALLOC_TRIM_THRESHOLD_ := 536870912
STAMP := $(VENV)/.installed

.PHONY: all env test test-slow test-browser test-slurm test-gpu gpu-report test-latest test-wheel coverage mutants lint config docs gallery status format lock clean clean-results dry-run picture test-deploy current test-current deposit desk archive published published-status published-check results-page

all: env
	$(BIN)/snakemake --cores $(CORES) --configfile config/laptop.yaml

env: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 13) else f"make: need Python 3.11 or 3.12, {sys.executable} is {v[0]}.{v[1]}; give another with PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --requirement requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

test: env
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not gpu and not browser and not slurm"

test-slow: env
	$(BIN)/python -m pytest -n 2 -m "slow and not gpu and not browser and not slurm"

# The small configuration from end to end, as one would try it after deployment.
test-deploy: env
	rm -rf .test/results
	$(BIN)/snakemake --directory .test --cores $(CORES)

# Debian's Chromium is installed if there is none: the only thing here that asks for root.
test-browser: env
	command -v chromium > /dev/null || apt-get install -y -q chromium
	$(BIN)/python -m pytest -m browser tests/report

# Where there is a CUDA device; torch, numpy, safetensors and pytest are all it needs.
test-gpu: env
	$(BIN)/python -m pytest -m gpu tests/unit/test_gpu.py

# The tests and what a GPU makes of steps and packs, in ten minutes at most: results/gpu/report.md.
gpu-report: env
	$(BIN)/python benchmarks/gpu_report.py

# A Slurm of its own, in a folder of its own, stopped at the end. Needs root; Debian's packages are
# installed if they are missing.
test-slurm: env
	command -v slurmctld slurmd slurmdbd munged mariadbd > /dev/null || apt-get install -y -q slurm-wlm slurmdbd munge mariadb-server
	$(BIN)/python -m pytest -s -m slurm tests/cluster

# On current versions (Snakemake, pandas, numpy): what needs bmi, which holds these back, runs by the
# Python of $(VENV), file by file. Results under results/current.
CURRENT := .venv-current
CURRENT_PYTHON ?= $(PYTHON)
WITH_CURRENT = MINDE_BMI_PYTHON=$(CURDIR)/$(BIN)/python $(CURRENT)/bin
$(CURRENT)/.installed: requirements-current.txt $(STAMP)
	test -x $(CURRENT)/bin/python || $(CURRENT_PYTHON) -m venv $(CURRENT)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(CURRENT)/bin/python --requirement requirements-current.txt
	$(BIN)/uv pip install --quiet --python $(CURRENT)/bin/python --no-deps --no-build-isolation --editable .
	touch $@

current: $(CURRENT)/.installed
	$(WITH_CURRENT)/snakemake --cores $(CORES) --configfile config/laptop.yaml --config run=current

test-current: $(CURRENT)/.installed
	rm -rf .test/results/current
	$(WITH_CURRENT)/snakemake --directory .test --cores $(CORES) --config run=current
	$(WITH_CURRENT)/python -m pytest -n 2 --dist loadfile -m "not slow and not gpu and not browser and not slurm"

# The core alone, with whatever torch and numpy are newest; its own environment, not the lock.
LATEST := .venv-latest
CORE_TESTS := $(addprefix tests/unit/test_,schedule.py gaussian.py residual_mlp.py gated_mlp.py optimizer.py readout.py measures.py entropy_kl.py training.py validation.py preprocessing.py seeding.py recipe.py storage.py inputs.py)
test-latest: env
	test -x $(LATEST)/bin/python || $(PYTHON) -m venv $(LATEST)
	$(BIN)/uv pip install --quiet --upgrade --python $(LATEST)/bin/python torch numpy safetensors scipy pandas pytest hatchling editables
	$(BIN)/uv pip install --quiet --python $(LATEST)/bin/python --no-deps --no-build-isolation --editable .
	$(LATEST)/bin/python -c 'import torch, numpy; print("torch", torch.__version__, "numpy", numpy.__version__)'
	$(LATEST)/bin/python -m pytest -m "not slow and not gpu" $(CORE_TESTS)

# Wheel and sdist, built and tried in bare environments of several Pythons; PINS="torch==2.4.1 ...".
PYTHONS ?= $(PYTHON)
test-wheel: env
	$(BIN)/python -m tests.packaging --pythons "$(PYTHONS)" --pins "$(PINS)" $(CORE_TESTS)

# Lines of the package that no test reaches, other processes included.
coverage: env
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadfile -m "not slow and not gpu and not browser and not slurm"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --fail-under 92

# Small faults put into the mathematics, one at a time, and which of them no test catches.
mutants: env
	$(BIN)/python -m tests.mutation

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint --configfile config/laptop.yaml

docs: env
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# The numbers and the still of the docs' page "MINDE in one picture".
picture: env
	$(BIN)/python docs/picture/picture.py

# Runs the scripts of the gallery and keeps what they print and draw, as notebooks.
gallery: env
	$(BIN)/jupytext --quiet --to ipynb --execute docs/gallery/*.py

format: env
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

# A folder to deposit on Zenodo: the run as an RO-Crate, metadata, checksums.
RUN ?= laptop
deposit: env
	$(BIN)/snakemake crate --cores $(CORES) --configfile config/$(RUN).yaml
	$(BIN)/python -m minde.report.deposit results/$(RUN)/crate.zip results/$(RUN)/deposition

# Writes config/config.yaml and the table of keys in config/README.md from their declaration.
config: env
	$(BIN)/python -m minde.experiments.document

# A stretch of the grid of config/desk.yaml; SLICE chooses, as in --experiment benchmark
# --estimators minde-c --seeds 0-2 (without it, all). What is finished is kept.
CONFIG := config/desk.yaml
desk: env
	$(BIN)/snakemake --cores $(CORES) --keep-going --rerun-incomplete --configfile $(CONFIG) -- \
		$$($(BIN)/python -m minde.experiments.archive files --configfile $(CONFIG) $(SLICE))

# What is finished of it goes into data/published; computes nothing and loses nothing.
archive: env
	$(BIN)/snakemake archive --cores 1 --forcerun archive --configfile $(CONFIG)

# Every table, figure and the report that data/published suffices for, under results/published.
published: env
	$(BIN)/snakemake published --cores $(CORES)
	@sed -n '/^Left out/,$$p' results/published/status.md

# Random rows of it made again from scratch, and compared to the bit.
ROWS := 3
published-check: env
	$(BIN)/python -m minde.experiments.archive check --rows $(ROWS)

# The parts of docs/results.md that follow from it, and its figures.
results-page: published
	$(BIN)/python -m minde.report.results

# Estimates that data/published should have, and has.
published-status: env
	@$(BIN)/python -m minde.experiments.archive status

dry-run: env
	$(BIN)/snakemake --dry-run --configfile config/laptop.yaml

# How far the laptop run is, and how long it still takes.
status: env
	@$(BIN)/python -m minde.runtime.status --configfile config/laptop.yaml

# Of the current versions, all that does not need bmi.
EXTRAS := excel workflow crate images diffusion docs dev
lock: env
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --all-extras pyproject.toml requirements.in --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url $(addprefix --extra ,$(EXTRAS)) pyproject.toml requirements-current.in --output-file requirements-current.txt
	(sed '/pip:/q' workflow/envs/minde.yaml; sed 's/.*/      - "&"/' requirements.txt) > workflow/envs/.new
	mv workflow/envs/.new workflow/envs/minde.yaml

clean-results:
	rm -rf results/laptop

clean: clean-results
	rm -rf $(VENV) $(CURRENT) $(LATEST) .mypy_cache .ruff_cache .pytest_cache .snakemake .coverage* dist site

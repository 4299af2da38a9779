#!/bin/sh
# Installs the locked packages and this package into /opt/venv: what the images are made by.
# Usage: sh containers/install.sh, as root, with Python 3.11 and its venv module.
set -eu
cd "$(dirname "$0")/.."
VENV=${VENV:-/opt/venv}
python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "need Python 3.11")'
python3 -m venv "$VENV"
"$VENV/bin/python" -m pip install --quiet --no-cache-dir uv
"$VENV/bin/uv" pip install --quiet --python "$VENV/bin/python" --requirement requirements.txt
"$VENV/bin/uv" pip install --quiet --python "$VENV/bin/python" --no-deps --no-build-isolation .
"$VENV/bin/minde" --help > /dev/null
"$VENV/bin/python" -c 'import bmi, torch, snakemake, minde; print("minde", minde.__version__)'

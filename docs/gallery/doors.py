# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Six tables, three doors
#
# The same six tables from Python, from the shell and through the workflow. Four ship with
# scikit-learn, two with statsmodels: measurements of wines against the cultivar, of flowers against
# the species, pixels against the digit, biopsies against the diagnosis, answers against a vote, and
# answers against affairs. They are written as CSV files first, as a table comes.

# %%
import json
import math
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import datasets
from statsmodels.datasets import anes96, fair

import minde

ROOT = Path.cwd().parents[1]
FOLDER = ROOT / "results/doors"
FOLDER.mkdir(parents=True, exist_ok=True)

tables = {"vote": anes96.load_pandas().data, "marriages": fair.load_pandas().data}
for name in ("wine", "iris", "digits", "breast_cancer"):
    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    tables[name] = bunch.frame.assign(target=np.array(bunch.target_names)[bunch.target].astype(str))
tables["marriages"]["any"] = tables["marriages"]["affairs"] > 0
for name, table in tables.items():
    table.to_csv(FOLDER / f"{name}.csv", index=False)

# Columns of x, y, and whether y is a label: what is text is one anyway, but a digit is a number.
asked = {
    "wine": ("alcohol,color_intensity,flavanoids", "target", True),
    "iris": ("sepal*,petal*", "target", True),
    "digits": ("pixel_*", "target", True),
    "breast_cancer": ("mean radius,mean texture", "target", True),
    "vote": ("PID,selfLR", "vote", False),
    "marriages": ("rate_marriage,religious,yrs_married", "any", False),
}

# %% [markdown]
# ## From Python

# %%
found = {}
for name, (columns, y, label) in asked.items():
    table = pd.read_csv(FOLDER / f"{name}.csv")
    x = table.filter(regex="|".join(f"^{c.replace('*', '.*')}$" for c in columns.split(",")))
    model = minde.MINDE(y_kind="categorical" if label else "continuous").fit(x, table[y])
    found[name] = {"Python": model.mutual_information()}
    e = found[name]["Python"]
    print(f"{name:14} {len(table)} rows, {x.shape[1]} columns: {e.value:.3f} nats, {e.interval}")

# %% [markdown]
# ## From the shell
#
# `minde estimate wine.csv --x alcohol,color_intensity,flavanoids --y target --categorical`

# %%
for name, (columns, y, label) in asked.items():
    words = ["estimate", str(FOLDER / f"{name}.csv"), "--x", columns, "--y", y, "--json", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "minde", *words, *(["--categorical"] if label else [])],
        capture_output=True,
        text=True,
        check=True,
    )
    found[name]["shell"] = json.loads(done.stdout)

# %% [markdown]
# ## Through the workflow
#
# An entry a table; `estimators` says what runs on it.

# %%
entries = {
    name: {
        "path": str(FOLDER / f"{name}.csv"),
        "x": columns,
        "y": y,
        "test_size": 0.2,
        "estimators": ["minde-c"],
        **({"y_kind": "categorical"} if label else {"kinds": {}}),
    }
    for name, (columns, y, label) in asked.items()
}
overlay = FOLDER / "doors.yaml"
overlay.write_text(json.dumps({"run": "doors", "datasets": entries}))  # JSON is YAML too
words = ["datasets", "--cores", "2", "--quiet", "all"]
files = ["--configfile", "config/laptop.yaml", str(overlay)]
subprocess.run([sys.executable, "-m", "snakemake", *words, *files], cwd=ROOT, check=True)
workflow = pd.read_csv(FOLDER / "tables/datasets.csv").set_index("dataset")
print(workflow[["mi_estimate", "std_error", "seeds", "status"]].round(3).to_string())

# %% [markdown]
# ## Side by side
#
# Python and the shell are one code and one seed, so they agree to the last digit. The workflow
# holds a fifth of the rows out and shows the mean over two such splits, as it does for every
# estimator that it compares.

# %%
rows = []
for name, doors in found.items():
    e, shell = doors["Python"], doors["shell"]
    rows.append(
        {
            "table": name,
            "Python": e.value,
            "low": e.interval[0],
            "high": e.interval[1],
            "shell": shell["value"],
            "workflow": workflow.loc[name, "mi_estimate"],
            "most possible": math.log(tables[name][asked[name][1]].nunique()),
        }
    )
side_by_side = pd.DataFrame(rows).set_index("table")
print(side_by_side.round(3).to_string())

# %%
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
at = np.arange(len(side_by_side))
ends = np.abs(side_by_side[["low", "high"]].to_numpy().T - side_by_side["Python"].to_numpy())
axes.errorbar(side_by_side["Python"], at, xerr=ends, fmt="o", capsize=3, label="Python, shell")
axes.plot(side_by_side["workflow"], at + 0.2, "s", label="workflow")
axes.plot(side_by_side["most possible"], at, "|", color="0.4", ms=14, label="most possible")
axes.set(yticks=at, yticklabels=side_by_side.index, xlabel="mutual information (nats)")
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# What each estimate says of its columns comes with it:

# %%
for name, doors in found.items():
    print(name)
    for sentence in doors["Python"].warnings[:6]:
        print("  -", sentence)

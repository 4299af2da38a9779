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
# # Answers, counts and labels
#
# Four tables as people have them: a survey of an election and one of marriages (shipped with
# statsmodels), flowers and biopsies (shipped with scikit-learn). What a column is follows from
# what it holds, and each estimate says what was decided.

# %%
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris
from statsmodels.datasets import anes96, fair

import minde

vote = anes96.load_pandas().data
marriages = fair.load_pandas().data


def told(name, estimate):
    """Print an estimate with its interval."""
    low, high = estimate.interval
    print(f"{name:32} {estimate.value:.3f} [{low:.3f}, {high:.3f}]")


# %% [markdown]
# ## An election
#
# 944 voters of 1996: answers from 1 to 7, party from 0 to 6, and the vote. All is discrete, so it
# is counted, in no time, with the bias of few rows per level corrected. The most there can be is
# the entropy of the vote.

# %%
told("entropy of the vote", minde.entropy(vote["vote"]))
rows = []
for name in ["PID", "selfLR", "ClinLR", "DoleLR", "educ", "income", "TVnews", "age"]:
    rows.append((name, minde.MINDE().fit(vote[name], vote["vote"]).mutual_information()))
    told(name, rows[-1][1])

# %%
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
names, found = zip(*sorted(rows, key=lambda row: row[1].value), strict=True)
ends = np.array([e.interval for e in found])
at = [e.value for e in found]
axes.errorbar(at, range(len(names)), xerr=np.abs(ends.T - at), fmt="o", capsize=3)
axes.set(yticks=range(len(names)), yticklabels=names, xlabel="I(column; vote) (nats)")
axes.axvline(0, color="0.6", linewidth=0.8)
plt.show()

# %% [markdown]
# Party leads. Where a voter stands between left and right tells half as much, and of that next to
# nothing that the party does not tell:

# %%
left, party, voted = vote["selfLR"], vote["PID"], vote["vote"]
told("I(selfLR; vote)", minde.MINDE().fit(left, voted).mutual_information())
told("I(selfLR; vote given party)", minde.conditional_mutual_information(left, voted, party))
told("interaction: redundant", minde.interaction_information(left, voted, party))

# %% [markdown]
# ## Marriages
#
# 6,366 women. `affairs` is zero in 68% of the rows. How a marriage is rated tells something of it;
# how long it has lasted seems to tell nine times as much.

# %%
affairs = marriages["affairs"]
for name in ["rate_marriage", "religious", "yrs_married"]:
    told(name, minde.MINDE().fit(marriages[name], affairs).mutual_information())

# %% [markdown]
# It does, but not as one may think: `affairs` was divided by the years married, so that where it is
# not zero its digits tell the years. Information sees every dependence, that of how a column was
# made among them. What is asked is whether there was an affair:

# %%
for name in ["rate_marriage", "religious", "yrs_married"]:
    told(name, minde.MINDE().fit(marriages[name], affairs > 0).mutual_information())

# %% [markdown]
# ## Flowers
#
# 150 flowers of three species. One column of lengths in steps of a millimetre is counted; of all
# four the levels are too many, so they are spread between their levels: one is read from spacings,
# the rest by networks. With 150 rows the interval is wide, and says so.
# The most there can be is log 3.

# %%
iris = load_iris(as_frame=True).frame
species = np.array(load_iris().target_names)[iris["target"]]
told("petal length", minde.MINDE().fit(iris["petal length (cm)"], species).mutual_information())
four = minde.MINDE().fit(iris.drop(columns="target"), species).mutual_information()
told("all four", four)
print(f"{'log 3':32} {math.log(3):.3f}")
print("\n".join(four.warnings))

# %% [markdown]
# ## Biopsies
#
# 569 biopsies; the diagnosis is a flag, and the measurements have next to no ties. What labels tell
# of one such column is the entropy of the column less that within each level, both from the
# spacings of sorted values: no network is trained. The shell reads the same from a file.

# %%
biopsies = load_breast_cancer(as_frame=True).frame
for name in ["mean radius", "worst concave points", "mean texture"]:
    model = minde.MINDE(y_kind="categorical").fit(biopsies[name], biopsies["target"])
    told(name, model.mutual_information())

# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "biopsies.csv"
    biopsies.to_csv(path, index=False)
    words = ["estimate", str(path), "--x", "mean radius", "--y", "target", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "minde", *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
print(done.stdout.replace(folder, "."))

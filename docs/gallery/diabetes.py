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
# # A small table
#
# 442 patients, measurements at the start, and how far diabetes had gone a year later (shipped with
# scikit-learn). Which measurement tells most about the outcome, and which still tells something
# when the best one is known?

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.feature_selection import mutual_info_regression

import minde

table = load_diabetes(as_frame=True, scaled=False).frame
outcome = table["target"].to_numpy()
table.head()

# %% [markdown]
# With so few rows each counts: `folds=5` reads all of them out, each with networks that have
# not seen it. KSG, from scikit-learn, stands beside it: in one dimension a side it is a good
# estimator, without an interval.

# %%
names = ["bmi", "s5", "bp", "age"]
rows = []
for name in names:
    x = table[name].to_numpy()
    model = minde.MINDE(folds=5, n_seeds=1, options={"n_steps": 600})
    estimate = model.fit(x, outcome).mutual_information()
    ksg = mutual_info_regression(x[:, None], outcome, random_state=0)[0]
    rows.append((name, estimate.value, 1.96 * estimate.std_error, ksg))
    low, high = estimate.interval
    print(f"{name:4} {estimate.value:.3f} [{low:.3f}, {high:.3f}]   KSG {ksg:.3f}")

# %%
figure, axes = plt.subplots(figsize=(5, 2.4), layout="constrained")
y = np.arange(len(rows))
axes.errorbar([r[1] for r in rows], y, xerr=[r[2] for r in rows], fmt="o", capsize=3, label="MINDE")
axes.plot([r[3] for r in rows], y, "x", color="black", label="KSG")
axes.set(yticks=y, yticklabels=names, xlabel="I(measurement; outcome) (nats)")
axes.axvline(0, color="0.6", linewidth=0.8)
axes.legend()
plt.show()

# %% [markdown]
# Body mass index and s5 (triglycerides) lead. Do they say the same? If blood pressure tells
# something that body mass index does not, then $I(\mathrm{bp}; \mathrm{outcome} \mid
# \mathrm{bmi})$ is above zero.

# %%
settings = {"n_seeds": 1, "folds": 5, "options": {"n_steps": 600}}
bmi, s5, bp = (table[name].to_numpy() for name in ("bmi", "s5", "bp"))
for name, x in (("bp", bp), ("s5", s5)):
    given = minde.conditional_mutual_information(x, outcome, bmi, **settings)
    low, high = given.interval
    print(f"I({name}; outcome | bmi) = {given.value:.3f} [{low:.3f}, {high:.3f}]")

# %% [markdown]
# s5 tells something that body mass index does not: its interval is well above zero. Blood pressure
# may or may not: 442 patients are too few to say.

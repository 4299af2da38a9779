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
# # One table, every question
#
# 178 wines of three growers, and what a laboratory measured of each (shipped with scikit-learn).
# What do the measurements tell of the grower? Then travellers who chose one of four ways to go
# (shipped with statsmodels), four rows to each.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from statsmodels.datasets import modechoice

import minde
from minde.questions import figures

wine = load_wine(as_frame=True)
table = wine.data
grower = np.array(["first", "second", "third"])[wine.target]

# %% [markdown]
# ## Is there any dependence?
#
# Ash is what is left when the wine is burnt. The test asks whether its order among the wines is as
# good as any other. There are two tests in it, and the smaller p-value counts twice: of ash,
# distances see that means differ where spacings of so few rows do not.

# %%
for name in ["ash", "flavanoids"]:
    found = minde.independence_test(table[name], grower)
    print(name, found, found.p_values, sep="\n  ")

# %% [markdown]
# ## How much, in bits, and which rows carry it?
#
# Three growers are 1.57 bits at most. A row's value is what its flavanoids tell of its grower;
# below zero they point to another one.

# %%
estimate = minde.MINDE().fit(table[["flavanoids"]], grower).mutual_information()
print(estimate.to("bits"))
print({name: round(s.value, 3) for name, s in estimate.normalised.items()})
shown = table[["flavanoids"]].assign(grower=grower)
values = minde.local_values(estimate, shown)
print(values.head(3).to_string())
figures.plot_local_values(values)
plt.show()

# %% [markdown]
# ## Which columns tell of it beside one another?
#
# Ranked by what each tells alone; then, of the largest, what is left beside those that were chosen.

# %%
few = table[["flavanoids", "color_intensity", "proline", "hue", "ash"]]
chosen = minde.select(few, grower, most=2)
print(chosen.to_frame().round(3).to_string())
figures.plot_selection(chosen)
plt.show()

# %% [markdown]
# ## Would more wines change it? What do other estimators say?

# %%
curve = minde.more_rows(table[["flavanoids"]], grower)
print(*curve.sentences, sep="\n")
compared = minde.compare(table[["flavanoids"]], grower, methods=["mixed_ksg", "cca"])
for other in compared.found:
    said = f"{other.value:.3f}" if other.status == "ok" else other.status
    print(f"{other.label}: {said}")
print(compared.advice)

# %% [markdown]
# ## How far apart are two growers? What is the most that growers could send?
#
# The divergence of the first grower's flavanoids from the second's, and the capacity of the channel
# from grower to flavanoids: what they would tell if growers were as frequent as is best.

# %%
by = {name: table[grower == name] for name in ["first", "second"]}
print(minde.kl_divergence(by["first"][["flavanoids"]], by["second"][["flavanoids"]]))
print(minde.channel_capacity(grower, table["flavanoids"]).to("bits"))

# %% [markdown]
# ## Several rows of one subject
#
# Each of 210 travellers has a row for each of four ways to go, with its time, its cost and whether
# it was chosen; the income of the household is the same in all four. Does income tell of the cost
# that was found? Four rows of one traveller are one traveller, and so the intervals by travellers
# are the wider; a warning says where a column looks like one of subjects.

# %%
travellers = modechoice.load_pandas().data
for name in ["gc", "invt"]:
    rows = minde.MINDE().fit(travellers["hinc"], travellers[name]).mutual_information()
    people = minde.MINDE().fit(
        travellers["hinc"], travellers[name], groups=travellers["individual"]
    )
    people = people.mutual_information()
    for what, e in (("rows", rows), ("travellers", people)):
        print(f"{name:5} by {what:10}: {e.value:.3f} [{e.interval[0]:.3f}, {e.interval[1]:.3f}]")
print(*rows.warnings, sep="\n")

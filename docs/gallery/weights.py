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
# # Rows that stand for others
#
# A sample is seldom drawn as the people are that it is to tell of. Weights of rows mend that, where
# one knows how it was drawn. Two tables: a survey of an election (shipped with statsmodels) and
# biopsies (shipped with scikit-learn).

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from statsmodels.datasets import anes96

import minde

# %% [markdown]
# ## An election that went another way
#
# Of the 944 voters who were asked 58% chose Clinton, of those who voted for him or Dole in 1996 it
# was 54.7%. Each row weighs what its candidate's share was to what it is in the sample.

# %%
voters = anes96.load_pandas().data
dole = voters["vote"] == 1
weights = np.where(dole, 0.453 / dole.mean(), 0.547 / (1.0 - dole.mean()))
print(f"{len(voters)} rows, Clinton {1.0 - dole.mean():.3f}")
for name in ["PID", "selfLR", "DoleLR", "educ", "age"]:
    plain = minde.MINDE().fit(voters[name], voters["vote"]).mutual_information()
    found = minde.MINDE().fit(voters[name], voters["vote"], weights=weights).mutual_information()
    for what, estimate in (("as asked", plain), ("weighted", found)):
        low, high = estimate.to("bits").interval
        print(f"{name:8} {what}: {estimate.to('bits').value:.3f} bits [{low:.3f}, {high:.3f}]")

# %% [markdown]
# So little was off that little changes.
#
# ## A disease that is rarer than in the table
#
# Of the 569 tumours 37% are malignant. How much the size of a cell tells of that depends on how
# many are: where fewer are, there is less to know. The same rows, with weights, say what it would
# be at any share. The interval becomes wide beside the value where a few rows stand for most.

# %%
biopsies = load_breast_cancer()
malignant = biopsies.target == 0
radius = biopsies.data[:, list(biopsies.feature_names).index("worst radius")]
shares, found = [0.02, 0.05, 0.1, 0.2, 0.37, 0.5], []
for share in shares:
    w = np.where(malignant, share / malignant.mean(), (1.0 - share) / (1.0 - malignant.mean()))
    model = minde.MINDE(kinds={"y": "categorical"}).fit(radius, malignant, weights=w)
    found.append(model.mutual_information().to("bits"))
    low, high = found[-1].interval
    rows, known = found[-1].effective_rows, found[-1].normalised["share_of_h_y"].value
    told = f"{share:.2f} malignant: {found[-1].value:.3f} bits [{low:.3f}, {high:.3f}]"
    print(f"{told}, {known:.0%} of what there is to know; as good as {rows:.0f} rows")

# %%
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
values = np.array([e.value for e in found])
ends = np.array([e.interval for e in found])
axes.errorbar(shares, values, yerr=np.abs(ends.T - values), fmt="o", capsize=3)
grid = np.linspace(0.001, 0.55, 200)
most = -grid * np.log2(grid) - (1.0 - grid) * np.log2(1.0 - grid)
axes.plot(grid, most, color="0.6", label="what there is to know")
axes.set(xlabel="share of malignant tumours", ylabel="bits", ylim=(0, 1.05))
axes.legend(frameon=False)
plt.show()

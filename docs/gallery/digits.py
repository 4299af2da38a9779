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
# # Pixels against a label
#
# How much does an image of a handwritten digit say about which digit it is? The ten digits are
# equally frequent, so perfect knowledge is $\log 10 = 2.30$ nats, and the data processing
# inequality says that a coarser picture cannot say more than a finer one.
#
# The data are scikit-learn's 1,797 real digits of 8×8 pixels.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from minde import MINDE

images, labels = load_digits(return_X_y=True)
print(images.shape, np.bincount(labels))

# %% [markdown]
# A label is no number. `y_kind="categorical"` makes it indicator columns that only condition: the
# network learns to denoise the picture with and without knowing the digit. The picture is given by
# its first principal components, to see how the value grows with them (pixels that are always black
# would be left out). With few rows, `folds=3` reads every row with networks that have not seen it.

# %%
components = [1, 2, 4, 8]
pca = PCA(max(components), random_state=0).fit_transform(images)
estimates = []
for k in components:
    model = MINDE(y_kind="categorical", folds=3, n_seeds=1, options={"n_steps": 1500, "width": 64})
    estimate = model.fit(pca[:, :k], labels).mutual_information()
    low, high = estimate.interval
    print(f"{k} components: {estimate.value:.2f} nats, 95% [{low:.2f}, {high:.2f}]")
    for warning in estimate.warnings:
        print("   ", warning)
    estimates.append(estimate)

# %% [markdown]
# The estimates rise with the number of components, as they must. Of eight more than $\log 10$ was
# read, which cannot be: 1,200 rows are few for a network of eight components and ten indicators.
# The value is cut to what the labels can tell, its interval is the wider for it, and a warning says
# so. That is how a number that should not be trusted looks.

# %%
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
values = np.array([e.value for e in estimates])
half = [1.96 * e.std_error for e in estimates]
axes.errorbar(components, values, half, fmt="o-", capsize=3)
axes.axhline(np.log(10), color="black", linestyle="--", label="log 10")
axes.set(xlabel="principal components", ylabel="I(picture; digit) (nats)", ylim=(0, 2.6))
axes.legend()
plt.show()

# %% [markdown]
# Where in diffusion time does it come from? At large times only the coarse shape is left, at small
# times everything is. Of one component no network was trained, and the first of several is read
# without one as well; the areas under these curves are what networks told of the others beside it.

# %%
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
for k, estimate in zip(components, estimates, strict=True):
    if estimate.n_train and len(estimate.times):
        axes.stairs(estimate.integrand, np.log10(estimate.times.clip(1e-5)), label=f"{k}")
axes.set(xlabel="log10 of diffusion time", ylabel="nats of each bin")
axes.legend(title="components")
plt.show()

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
# # A series and its past
#
# Four years of daily prices of one share (Google, 2004 to 2008, shipped with matplotlib). Today's
# return says nothing linear about a later one. But wild days follow wild days, and mutual
# information sees it.

# %%
import matplotlib.cbook as cbook
import matplotlib.pyplot as plt
import numpy as np

from minde import MINDE

prices = cbook.get_sample_data("goog.npz")["price_data"]
returns = np.diff(np.log(prices["adj_close"]))
spread = np.log(prices["high"] / prices["low"])[1:]  # how wild the day was
print(
    len(returns),
    "days; correlation of a return with the next:",
    round(float(np.corrcoef(returns[:-1], returns[1:])[0, 1]), 3),
)

# %% [markdown]
# X is the day's return and spread, Y the spread `lag` trading days later. Neighbouring rows of a
# series are not independent, so the interval, which takes rows as independent, is too narrow here.
# A shuffled Y shows how far from zero an estimate of nothing lands.

# %%
options = {"n_steps": 600}
lags = [1, 5, 20, 60]


def information(x, y):
    model = MINDE(folds=4, n_seeds=1, options=options)
    return model.fit(x, y).mutual_information()


past = np.stack([returns, spread], axis=1)
found = [information(past[:-lag], spread[lag:]) for lag in lags]
shuffled = np.random.default_rng(0).permutation(spread[1:])
nothing = information(past[:-1], shuffled)
for lag, estimate in zip(lags, found, strict=True):
    print(f"{lag:3} days: {estimate.value:.3f} ± {1.96 * estimate.std_error:.3f} nats")
print(f"shuffled: {nothing.value:.3f} ± {1.96 * nothing.std_error:.3f} nats")

# %%
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
half = [1.96 * e.std_error for e in found]
axes.errorbar(lags, [e.value for e in found], half, fmt="o-", capsize=3)
axes.axhspan(*nothing.interval, color="0.85", label="shuffled")
axes.set(xscale="log", xlabel="lag (trading days)", ylabel="I(day; spread later) (nats)")
axes.set_xticks(lags, lags)
axes.minorticks_off()
axes.legend()
plt.show()

# %% [markdown]
# A wild day is heard of for a week, and after a month no more: the intervals at 20 and 60 days
# reach zero. The shuffled series reads nothing, as it must.

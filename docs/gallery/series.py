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

import minde
from minde.questions.figures import plot_lags

prices = cbook.get_sample_data("goog.npz")["price_data"]
returns = np.diff(np.log(prices["adj_close"]))
spread = np.log(prices["high"] / prices["low"])[1:]  # how wild the day was
print(
    len(returns),
    "days; correlation of a return with the next:",
    round(float(np.corrcoef(returns[:-1], returns[1:])[0, 1]), 3),
)

# %% [markdown]
# X is the day's return and spread, Y the spread some trading days later. Neighbouring rows of a
# series are not independent: folds are blocks with a gap between them, and intervals are long-run
# ones. Open marks are values whose interval holds zero.

# %%
day = np.stack([returns, spread], axis=1)
lags = [1, 2, 5, 20, 60]
options = {"n_steps": 128, "width": 32}
found = minde.lagged_mutual_information(day, spread, lags=lags, options=options)
for row in found.to_records():
    print(f"{row['lag']:3} days: {row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}] nats")
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
plot_lags(found, axes)
plt.show()

# %% [markdown]
# Does the return tell anything of the next day's spread that the spreads of the last two days did
# not? That is transfer entropy. A shuffled return shows what nothing looks like.

# %%
shuffled = np.random.default_rng(0).permutation(returns)
for name, source in (("returns", returns), ("shuffled", shuffled)):
    moved = minde.transfer_entropy(source, spread, lags=1, target_lags=[1, 2], options=options)
    low, high = moved.interval
    print(f"{name}: {moved.value:.3f} [{low:.3f}, {high:.3f}] nats")

# %% [markdown]
# A wild day is heard of for a week, and after a month no more. Beyond the spreads of two days the
# return adds nothing that 1,046 days could show: its interval holds zero, as that of the shuffled
# one does, which must.

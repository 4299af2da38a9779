"""The estimators: MINDE, entropy, KL, pairs, and measures of several variables."""

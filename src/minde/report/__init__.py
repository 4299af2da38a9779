"""The report of a run: one self-contained page, readable without a network."""

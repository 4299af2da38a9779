"""The paper's experiments: what each declares, draws, tabulates and plots."""

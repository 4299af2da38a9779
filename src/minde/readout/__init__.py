"""Measures and how they are read out of noise models, with standard errors."""

"""Figures: tables in, files out; no torch."""

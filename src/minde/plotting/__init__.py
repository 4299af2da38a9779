"""Figures: tables in, files out; torch only where images are decoded."""

"""Measures as signed sums of diffusion terms, and their read-outs."""

"""Stages of the workflow that every experiment shares: files in, files out."""

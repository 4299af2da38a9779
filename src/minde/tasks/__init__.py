"""Benchmark tasks: names, order and samples."""

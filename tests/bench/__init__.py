"""Benchmarks: each module has ``run()`` and prints figures and ratios. Nothing here passes or fails by time."""

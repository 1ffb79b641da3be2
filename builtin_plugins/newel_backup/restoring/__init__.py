"""Brings snapshots back: rows, files, and the swap of a whole site."""

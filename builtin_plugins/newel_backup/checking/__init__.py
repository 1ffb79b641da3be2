"""Reads repositories back, and restores them on trial."""

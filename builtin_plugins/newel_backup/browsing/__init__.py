"""Looks into snapshots: lists and reads what they hold, and tells two apart."""

"""Plugins that people wrote for the Go system, unmodified, in a site of Newel."""

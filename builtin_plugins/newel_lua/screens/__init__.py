"""Screens and field interfaces of plugins, for the terminal admin."""

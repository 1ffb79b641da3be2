"""The parts of ``DatabaseSuite``, by subject."""

"""A plugin of pytest for ``./just test-fuzz``: NEWEL_TEST_EXAMPLES examples, whatever a test asks for."""

from __future__ import annotations

import os

import hypothesis
import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Only property tests stay; each gets the wanted number of examples and no deadline."""
    wanted = hypothesis.settings(
        max_examples=int(os.environ["NEWEL_TEST_EXAMPLES"]), deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    kept = []
    for item in items:
        test = getattr(item, "obj", None)
        if test is not None and hypothesis.is_hypothesis_test(test):
            inner = getattr(test, "__func__", test)
            inner._hypothesis_internal_use_settings = wanted
            kept.append(item)
    items[:] = kept

"""It keeps Newel's rules for plugins, all of them."""

from __future__ import annotations

from newel.testing import assert_good_plugin
from newel_imprint import manifest


def test_it_is_a_good_plugin() -> None:
    assert_good_plugin(manifest, level="gold")

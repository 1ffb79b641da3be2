"""The plugins that ship keep the rules that we ask of others. What does not apply to them is named, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from newel.discover import from_entry_points
from newel.testing.quality import faults_of

TESTS = Path(__file__).parents[1]
SHIPPED = {one.name: one.manifest() for one in from_entry_points() if one.builtin}
FOR_ALL = {
    "surface_on_record": "tests/meta/snapshots has the surface of all that ships in one place",
    "docs_linked": "its documentation is Newel's own",
}
SERVER = "it needs a server: tests/builtin_plugins starts it on a real one"
STARTS = {"starts_and_stops": SERVER, "survives_being_off": SERVER}
EXEMPT: dict[str, dict[str, str]] = {
    "accounts": {"permissions_given": "signing in is how somebody gets permissions"},
    "blobs_s3": STARTS,
    "content": {"operations_tested": "its tests say site.on('publish', ...); tests/meta/test_exercised.py reads that"},
    "lua": {
        "permissions_given": "the routes lead to those of Lua plugins, which say themselves who may",
    },
    "mysql": STARTS,
    "postgres": STARTS,
    "sqlite": {"survives_being_off": "where no engine is on, [database] is nobody's section"},
}
CONFIG: dict[str, dict[str, Any]] = {
    "blobs_s3": {"blobs": {"url": "s3://bucket"}},
    "mysql": {"database": {"url": "mysql://user@127.0.0.1/newel"}},
    "postgres": {"database": {"url": "postgresql://user@127.0.0.1/newel"}},
}


@pytest.mark.may_block  # it starts dozens of applications; their own tests are guarded
@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_it_is_gold(name: str) -> None:
    faults = faults_of(
        SHIPPED[name], "gold", tests=TESTS / "builtin_plugins" / name, config=CONFIG.get(name),
        exempt=FOR_ALL | EXEMPT.get(name, {}),
    )  # fmt: skip
    assert not faults, "\n".join(faults)

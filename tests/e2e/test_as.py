"""``--as``: at the machine a command is done with the rights of an account, and the audit trail says how that came."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from newel.testing import run_command
from newel.testing.command import Outcome

LOGGED = re.compile(r"[\d:.]+ (debug|info|warning) ")
pytestmark = [
    pytest.mark.slow, pytest.mark.engines("sqlite"), pytest.mark.needs_plugin("accounts"),
    pytest.mark.needs_plugin("audit"), pytest.mark.needs_plugin("content"),
]  # fmt: skip


def told(ended: Outcome) -> list[str]:
    """What it says besides its log."""
    return [line for line in ended.err.splitlines() if not LOGGED.match(line)]


def test_the_operator_acts_in_the_name_of_an_account_with_its_rights_only(tmp_path: Path) -> None:
    run_command("init", site=tmp_path).ok()
    made = run_command("users", "create", "--email", "Vi@example.org", "--role", "viewer", "--json", site=tmp_path)
    id = made.ok().json()["id"]

    me = run_command("auth", "me", "--as", "VI@Example.org", "--json", site=tmp_path).ok().json()
    assert (me["id"], me["roles"], me["everything"], me["credential"]) == (id, ["viewer"], False, "operator")
    refused = run_command("users", "list", "--as", "vi@example.org", site=tmp_path)
    assert (refused.code, refused.out, told(refused)) == (6, "", ["newel: this needs the permission 'users.read'"])
    named = ("users", "update", id, "--name", "Violet", "--as", "admin@localhost")
    run_command(*named, site=tmp_path).ok()

    run_command("users", "update", id, "--disabled", "true", site=tmp_path).ok()
    for email in ("vi@example.org", "nobody@example.org"):
        gone = run_command("auth", "me", f"--as={email}", site=tmp_path)
        line = f"newel: there is no account that could act with the address '{email}'"
        assert (gone.code, gone.out, told(gone)) == (5, "", [line])

    trail = json.loads(run_command("audit", "list", "--json", site=tmp_path).ok().out)["data"]
    rows = {(one["operation"], one["actor_name"], one["door"], one["credential"], one["outcome"]) for one in trail}
    assert {row for row in rows if row[3] == "operator"} == {
        ("users.list", made.json()["name"], "cli", "operator", "denied"),
        ("users.update", "Admin", "cli", "operator", "done"),
    }
    assert ("users.create", "cli", "") in {(row[0], row[2], row[3]) for row in rows}, "the operator's own"

"""``/.well-known/security.txt``, as RFC 9116 wants it, and only where somebody is to be told."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.builtin_plugins.http.conftest import Serve, Served

from newel.errors import BootError

PATH = "/.well-known/security.txt"


async def test_it_names_contacts_policy_and_an_end_within_the_year(serve: Serve) -> None:
    contacts = ("mailto:security@example.org", "https://example.org/report")
    served = await serve(security_contact=contacts, security_policy="https://example.org/policy")
    answer = await served.client.get(PATH)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    first, second, expires, policy, rest = answer.body.decode().split("\n")
    assert (first, second) == tuple(f"Contact: {one}" for one in contacts)
    left = datetime.fromisoformat(expires.removeprefix("Expires: ")) - served.app.clock.now()
    assert timedelta(days=170) < left < timedelta(days=365)
    assert (policy, rest) == ("Policy: https://example.org/policy", "")
    assert (await served.client.get(f"{PATH}?a=1")).status == 400
    assert (await served.client.post(PATH)).status == 405


async def test_nobody_to_tell_is_no_such_file(served: Served) -> None:
    assert (await served.client.get(PATH)).status == 404


@pytest.mark.parametrize("contact", ["security@example.org", "mailto:a b", "https://x\nPolicy: y"])
async def test_what_is_no_address_stops_the_start(serve: Serve, contact: str) -> None:
    with pytest.raises(BootError, match="security_contact"):
        await serve(security_contact=[contact])


def test_the_policy_of_newel_names_versions_and_the_time_of_an_answer() -> None:
    text = (Path(__file__).parents[3] / "SECURITY.md").read_text("utf-8")
    assert "## Supported versions" in text
    assert "48 hours" in text

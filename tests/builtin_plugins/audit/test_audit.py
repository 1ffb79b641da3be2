"""The trail: filters, pages, and the transaction it shares."""

from __future__ import annotations

import pytest

from newel import Forbidden, Malformed, Reject
from newel.testing import actor, make_app

PLUGINS = ["sqlite", "migrations", "audit", "content"]


async def test_rows_filters_and_pages() -> None:
    async with make_app(PLUGINS) as app:

        async def run(operation_name: str, /, **data: object) -> object:
            return await app.operations.run(operation_name, data, app.call(actor("admin"), "test", ip="10.0.0.9"))

        await run("types.create", name="note", fields=[{"name": "title", "type": "text"}])
        for number in range(5):
            await run("content.create", type="note", data={"title": str(number)})
        with pytest.raises(Reject):
            await run("content.create", type="note", data={"titel": "x"})
        page = await run("audit.list", operation="content.create", limit=3)
        assert [row["after"]["data"]["title"] for row in page.data] == ["4", "3", "2"]  # type: ignore[attr-defined]  # AuditPage
        assert page.data[0]["ip"] == "10.0.0.9"  # type: ignore[attr-defined]  # AuditPage
        rest = await run("audit.list", operation="content.create", limit=3, cursor=page.next)  # type: ignore[attr-defined]  # AuditPage
        assert [row["after"]["data"]["title"] for row in rest.data] == ["1", "0"]  # type: ignore[attr-defined]  # AuditPage
        assert rest.next is None  # type: ignore[attr-defined]  # AuditPage
        with pytest.raises(Malformed):
            await run("audit.list", cursor="x")
        with pytest.raises(Forbidden):
            await app.operations.run("audit.list", {}, app.call(actor("ann"), "test"))

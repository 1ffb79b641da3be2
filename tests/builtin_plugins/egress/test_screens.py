"""The screen that tries a URL (``register_screens``)."""

from __future__ import annotations

from newel.contracts.tui import Left, Submitted
from newel.contracts.views import Form, Sheet
from newel.testing import FakeTerminal, actor, make_app


async def test_a_url_is_asked_for_and_what_the_rules_say_is_shown() -> None:
    async with make_app(["egress"]) as app:
        terminal = await FakeTerminal(app).open("egress")
        assert isinstance(terminal.layout, Form)
        assert terminal.layout.submit is not None
        url = "http://127.0.0.1/\x1b[2J"
        call = app.call(actor("admin"), "test")
        answer = await app.operations.run(terminal.layout.submit.operation, {"url": url}, call)
        await terminal.send(Submitted(answer=app.structurer.unstructure(answer), values={"url": url}))
        assert isinstance(terminal.layout, Sheet)
        assert "May be called: no" in terminal.text
        assert "\x1b" not in terminal.text
        await terminal.send(Left())
        assert isinstance(terminal.layout, Form)
        assert terminal.layout.values == {"url": url}, "it is there to be corrected"
        await terminal.send(Left())
        assert terminal.over

"""Routes whose query, and whose paths to the last slash, are their own affair."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.http.conftest import Serve
from tests.kernel.plugins import plugin

from newel import PUBLIC, Call, hookimpl
from newel.app import App
from newel.contracts.http import HttpAnswer, HttpFault, HttpRequest, Route


class Open:
    """``/open/{rest...}`` answers what it was asked; ``/strict/{rest...}`` is as routes are."""

    def __init__(self, app: App) -> None:
        pass

    @hookimpl
    def register_routes(self) -> list[Route]:
        async def told(request: HttpRequest, call: Call) -> HttpAnswer:
            if request.params["rest"] == "broken":
                raise HttpFault(500, "broken", "it is broken", {"X-Why": "so"}, extra={"error": "ours"})
            return HttpAnswer(body=f"{request.params['rest']} {request.query_text}".encode())

        return [
            Route(method="GET", path="/open/{rest...}", handler=told, needs=PUBLIC, summary="Open", any_query=True,
                  slash=True),
            Route(method="GET", path="/strict/{rest...}", handler=told, needs=PUBLIC, summary="Strict"),
            Route(method="GET", path="/strict/{one}/x", handler=told, needs=PUBLIC, summary="One"),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/open/a", "a "),
        ("/open/a/", "a/ "),
        ("/open/", " "),
        ("/open/a?x=1&x=%zz&=&", "a x=1&x=%zz&=&"),
        ("/open/a//", None),
        ("/open//a", None),
        ("/open", None),
        ("/strict/a/", None),
        ("/strict/", None),
        ("/strict//x", None),
        ("/strict/a?x=1", None),
    ],
)
async def test_only_who_asks_for_it_gets_any_query_and_a_slash_at_the_end(
    serve: Serve, path: str, expected: str | None
) -> None:
    served = await serve(plugin("open", Open))
    answer = await served.client.get("/api/v1" + path)
    if expected is None:
        assert answer.status in (400, 404)
    else:
        assert (answer.status, answer.body.decode()) == (200, expected)


async def test_a_route_may_say_of_its_own_failure_what_the_caller_is_told(serve: Serve) -> None:
    served = await serve(plugin("open", Open))
    answer = await served.client.get("/api/v1/open/broken")
    problem = answer.json()
    assert (answer.status, problem["code"], problem["detail"]) == (500, "broken", "it is broken")
    assert (answer.headers["X-Why"], problem["error"]) == ("so", "ours")

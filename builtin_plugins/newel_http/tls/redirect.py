"""The second listener, of plain HTTP: it sends who comes there to the door with TLS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web

from newel_http import problems
from newel_http.answers import SECURITY, Finisher

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig

HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


class Redirect:
    """Answers in place of the ``Door``. Credentials that came here unencrypted are refused, not sent on: who sends them
    so should learn of it."""

    def __init__(self, app: App, config: HttpConfig) -> None:
        self._app = app
        self._finisher = Finisher(config)
        self.port = 443
        """Where the door with TLS listens."""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD") or "Authorization" in request.headers:
            return self.broken(403, "https_required", "this is plain HTTP; only https:// is served")
        host = HOST.fullmatch(request.headers.get("Host", ""))
        if host is None or not request.raw_path.startswith("/"):
            return self.broken(400, "malformed", "a Host and a path that begins with / are needed")
        place = host[1] if self.port == 443 else f"{host[1]}:{self.port}"
        headers = SECURITY | {"Location": f"https://{place}{request.raw_path}", "Cache-Control": "no-store"}
        response = web.Response(status=308, headers=headers)
        response.force_close()
        return response

    def broken(self, status: int, code: str, detail: str, error: BaseException | None = None) -> web.Response:
        """A problem; ends the connection."""
        request_id = self._app.ids.new()
        if error is not None:
            self._app.log.error("an answer failed", extra={"request_id": request_id}, exc_info=error)
        return self._finisher.last(problems.problem(status, code, detail, "", request_id), request_id)

"""Who asks: the bearer of a token, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel import ANONYMOUS, Secret
from newel.context import Actor
from newel.contracts.accounts import Accounts
from newel_http.faults import BadToken

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.exchange import Exchange

MAX_TOKEN = 4096


async def actor_of(app: App, exchange: Exchange) -> Actor:
    """The actor of the request's ``Authorization``. Raises ``BadToken`` where that is there and not valid."""
    sent = exchange.request.headers.getall("Authorization", ())
    if not sent:
        return ANONYMOUS
    exchange.token = True
    scheme, _, token = sent[0].partition(" ")
    if len(sent) > 1 or scheme.lower() != "bearer" or not token.strip() or len(token) > MAX_TOKEN:
        raise BadToken("send one header 'Authorization: Bearer <token>'")
    secret = Secret(token.strip())
    route = None if exchange.entry is None else exchange.entry.route
    if route is not None and route.bearer is not None and (known := route.bearer(secret)) is not None:
        return known
    actor = await app.need(Accounts).authenticate_token(secret)
    if actor is None:
        raise BadToken("the token is not valid")
    return actor

"""What the operations on outgoing requests take and answer."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import MaxLength


@frozen(kw_only=True)
class CheckUrl:
    """A URL to try the rules on."""

    url: Annotated[str, "The URL; it is not called.", MaxLength(8000)]


@frozen(kw_only=True)
class UrlChecked:
    """What the rules say of it at this moment."""

    allowed: bool
    rule: Annotated[str | None, "The name of the rule that refuses it."]
    detail: Annotated[str, "The same, as a sentence."]

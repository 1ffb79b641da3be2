"""What can be set about delivery."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Min


@frozen(kw_only=True)
class DeliveryConfig:
    """The ``[delivery]`` section."""

    max_age: Annotated[int, "Seconds a browser may keep an answer without asking.", Min(0)] = 0
    shared_max_age: Annotated[int, "Seconds a CDN may keep an answer.", Min(0)] = 60
    stale_while_revalidate: Annotated[int, "Seconds a CDN may serve an old answer while it fetches anew.", Min(0)] = 300

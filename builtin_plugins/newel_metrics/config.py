"""What can be set about the figures for Prometheus."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Secret

NONE = Secret("")


@frozen(kw_only=True)
class MetricsConfig:
    """The ``[metrics]`` section."""

    token: Annotated[
        Secret[str],
        "The bearer token of the server that scrapes, 16 visible ASCII characters or more. Empty: only who has "
        "`site.watch` may read `/metrics`.",
    ] = NONE

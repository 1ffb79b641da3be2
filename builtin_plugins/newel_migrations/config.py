"""What can be set about migrations."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen


@frozen(kw_only=True)
class MigrationsConfig:
    """The ``[migrations]`` section."""

    auto: Annotated[
        bool, "Apply pending table changes at the start. Otherwise the site refuses to start until `newel migrate up`."
    ] = True

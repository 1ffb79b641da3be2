"""What can be set about the folder."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class BlobsLocalConfig:
    """The ``[blobs_local]`` section. The folder itself is named in ``[blobs]``."""

    threads: Annotated[int, "Reads and writes that are on their way to the disk at once.", Min(1), Max(256)] = 8
    abandoned_hours: Annotated[
        float, "Uploads that nobody went on with for so long are removed when the site starts.", Min(1)
    ] = 24.0

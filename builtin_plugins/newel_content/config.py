"""What can be set about content."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class ContentConfig:
    """The ``[content]`` section."""

    locales: Annotated[
        tuple[str, ...], "Locales of a new site, the default first. Later they are changed through the API."
    ] = ("en",)
    require_if_match: Annotated[bool, "Whether every change must name the revision it is based on."] = False
    keep_versions: Annotated[int, "Unlabelled, unpublished versions kept per entry and locale.", Min(0)] = 50
    keep_tombstones_days: Annotated[
        int, "How long mirrors are told at least that something was unpublished, in case entries are purged.", Min(1)
    ] = 90
    max_document_bytes: Annotated[int, "The largest entry, as stored JSON.", Min(1024)] = 1_048_576
    max_block_depth: Annotated[int, "How deep blocks may be nested.", Min(1), Max(8)] = 8
    max_tree_depth: Annotated[int, "How deep pages may be nested.", Min(1), Max(100)] = 20
    filter_depth: Annotated[int, "How deep a filter may be nested.", Min(1), Max(10)] = 5
    filter_nodes: Annotated[int, "How many conditions a filter may have.", Min(1), Max(200)] = 50
    filter_values: Annotated[int, "How many values one `_in` may have.", Min(1), Max(1000)] = 100

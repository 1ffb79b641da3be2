"""Documentation: pages in a tree, releases, a glossary."""

from __future__ import annotations

from newel_content.presets.making import Preset, choice, kind, named, text, words

DOCUMENTATION = Preset(
    name="documentation",
    label="Documentation",
    summary="Pages of a manual in a tree, release notes and a glossary.",
    types=(
        kind(
            "doc", "Documentation page", "page",
            *named(),
            words("summary", "textarea", rules={"max_length": 300}),
            words("body", required=True),
            choice("status", "current", "draft", "outdated", default="current"),
            text("tags", "tags", indexed=True),
        ),
        kind(
            "release", "Release", "collection",
            text("version", required=True, unique=True, indexed=True, rules={"max_length": 40}),
            text("date", "date", indexed=True, required=True),
            words("notes", required=True),
        ),
        kind("term", "Glossary term", "collection", *named("term"), words("meaning", required=True)),
    ),
)  # fmt: skip

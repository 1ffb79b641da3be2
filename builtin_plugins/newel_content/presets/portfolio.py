"""A portfolio: projects with pictures, for clients, with skills."""

from __future__ import annotations

from newel_content.presets.making import Preset, kind, named, picture, seo, text, to, words

PORTFOLIO = Preset(
    name="portfolio",
    label="Portfolio",
    summary="Projects with pictures, clients and skills, and a page about yourself.",
    types=(
        kind("client", "Client", "collection", *named("name"), picture("logo"), text("link", "url")),
        kind("skill", "Skill", "collection", *named("name"), words("description", "textarea")),
        kind(
            "project", "Project", "collection",
            *named(),
            words("summary", "textarea", rules={"max_length": 400}),
            picture("cover"),
            picture("gallery", many=True),
            words("body"),
            to("client", "client", on_delete="clear"),
            to("skills", "skill", many=True, on_delete="clear"),
            text("finished", "date", indexed=True),
            text("link", "url"),
            text("featured", "boolean", indexed=True),
            *seo(),
        ),
        kind(
            "about_me", "About me", "single",
            words("name", "text", required=True), picture("portrait"), words("text"), text("email", "email"),
        ),
    ),
)  # fmt: skip

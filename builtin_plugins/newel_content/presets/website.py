"""A marketing site: pages in a tree, put together from sections."""

from __future__ import annotations

from newel.contracts.content import ContentType, Field
from newel_content.presets.making import Preset, block, blocks, kind, named, picture, seo, text, words

HEADING = text("heading", required=True)
SECTIONS = (
    "hero", "rich_text", "features", "gallery", "pricing", "testimonials", "team", "stats", "faq", "call_to_action",
    "contact",
)  # fmt: skip


def _style(*values: str) -> Field:
    return Field(name="style", type="select", options={"choices": [{"value": value} for value in values]})


def _listed(name: str, label: str, item: str) -> ContentType:
    """A section that is a heading and a list of one kind of block."""
    items = Field(name="items", type="blocks", options={"types": [item]})
    return block(name, label, HEADING, text("intro", "textarea"), items)


PARTS = (
    block("button", "Button", text("label", required=True), text("link", "url", required=True),
          _style("primary", "secondary", "link")),
    block("feature", "Feature", text("title", required=True), text("text", "markdown"), picture("icon")),
    block("plan", "Price plan", text("name", required=True), text("price", "number", options={"exact": True}),
          text("period"), text("features", "textarea", help="One a line."), text("recommended", "boolean"),
          text("link", "url")),
    block("quote", "Quote", text("text", "textarea", required=True), text("author"), text("role"), picture("portrait")),
    block("person", "Person", text("name", required=True), text("role"), text("bio", "markdown"), picture("portrait"),
          text("link", "url")),
    block("figure", "Figure", text("value", required=True), text("label", required=True)),
    block("question", "Question", text("question", required=True), text("answer", "markdown", required=True)),
)  # fmt: skip
BUTTONS = Field(name="buttons", type="blocks", options={"types": ["button"]})
WHOLE = (
    block("hero", "Hero", HEADING, text("text", "textarea"), picture(), BUTTONS),
    block("rich_text", "Text", text("text", "markdown", required=True)),
    _listed("features", "Features", "feature"),
    block("gallery", "Gallery", text("heading"), picture("images", many=True)),
    _listed("pricing", "Pricing", "plan"),
    _listed("testimonials", "Testimonials", "quote"),
    _listed("team", "Team", "person"),
    _listed("stats", "Figures", "figure"),
    _listed("faq", "Questions and answers", "question"),
    block("call_to_action", "Call to action", HEADING, text("text", "textarea"), BUTTONS),
    block("contact", "Contact", HEADING, text("email", "email"), text("phone"), text("address", "textarea"),
          text("place", "geo")),
)  # fmt: skip
LINK = block("menu_link", "Menu link", text("label", required=True), text("link", "url", required=True))
WEBSITE = Preset(
    name="website",
    label="Pages and marketing site",
    summary="Pages in a tree, put together from sections; menus and settings of the site.",
    types=(
        *PARTS,
        *WHOLE,
        LINK,
        kind("page", "Page", "page", *named(), blocks("sections", *SECTIONS), *seo()),
        kind("navigation", "Navigation", "single", blocks("main", "menu_link"), blocks("footer", "menu_link")),
        kind(
            "site_settings", "Site settings", "single",
            words("name", "text", required=True), words("claim", "text"), picture("logo"), text("email", "email"),
        ),
    ),
)  # fmt: skip

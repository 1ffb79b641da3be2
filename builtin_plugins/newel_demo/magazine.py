"""The magazine as data: locales, content types, entries. ``@key`` in a value stands for the entry of that key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

LOCALES: tuple[Mapping[str, Any], ...] = (
    {"code": "en", "label": "English", "default": True},
    {"code": "de", "label": "Deutsch", "fallback": "en"},
)


def _field(name: str, type: str, **details: Any) -> dict[str, Any]:
    return {"name": name, "type": type, **details}


_TITLE = _field("title", "text", required=True, localized=True, indexed=True, rules={"max_length": 120})
_SLUG = _field("slug", "slug", required=True, localized=True, indexed=True, options={"source": "title"})
_BLOCKS = {"types": ["heading", "prose", "quote", "teaser"]}

TYPES: tuple[Mapping[str, Any], ...] = (
    {"name": "heading", "label": "Heading", "kind": "block", "fields": [_field("text", "text", required=True)]},
    {"name": "prose", "label": "Text", "kind": "block", "fields": [_field("text", "markdown", required=True)]},
    {
        "name": "quote",
        "label": "Quotation",
        "kind": "block",
        "fields": [_field("text", "textarea", required=True), _field("source", "text")],
    },
    {
        "name": "author",
        "label": "Author",
        "fields": [
            _field("name", "text", required=True, indexed=True),
            _field("slug", "slug", required=True, indexed=True, options={"source": "name"}),
            _field("city", "text", indexed=True),
            _field("bio", "markdown", localized=True),
            _field("website", "url"),
        ],
    },
    {
        "name": "tag",
        "label": "Tag",
        "fields": [
            _field("title", "text", required=True, localized=True, indexed=True),
            _field("slug", "slug", required=True, indexed=True, options={"source": "title"}),
            _field("color", "color"),
        ],
    },
    {
        "name": "post",
        "label": "Post",
        "fields": [
            _TITLE,
            _SLUG,
            _field("summary", "textarea", localized=True, rules={"max_length": 300}),
            _field("body", "blocks", localized=True, options={"types": ["heading", "prose", "quote"]}),
            _field("author", "reference", indexed=True, options={"targets": ["author"]}),
            _field("tags", "reference", indexed=True, options={"targets": ["tag"], "many": True}),
            _field("date", "date", required=True, indexed=True),
            _field("minutes", "integer", indexed=True, help="Reading time.", rules={"min": 1, "max": 90}),
            _field("featured", "boolean", indexed=True, default=False),
        ],
    },
    {
        "name": "teaser",
        "label": "Teaser of a post",
        "kind": "block",
        "fields": [_field("post", "reference", required=True, options={"targets": ["post"]})],
    },
    {
        "name": "page",
        "label": "Page",
        "kind": "page",
        "fields": [
            _TITLE,
            _SLUG,
            _field("intro", "textarea", localized=True),
            _field("body", "blocks", localized=True, options=_BLOCKS),
        ],
    },
    {
        "name": "site",
        "label": "Site",
        "kind": "single",
        "fields": [
            _field("name", "text", required=True),
            _field("tagline", "text", localized=True),
            _field("footer", "markdown", localized=True),
        ],
    },
)


@frozen(kw_only=True)
class Item:
    """One entry: its data by locale, the first of which holds the shared fields too."""

    key: str
    type: str
    data: Mapping[str, Mapping[str, Any]]
    parent: str = ""


def _prose(text: str) -> dict[str, Any]:
    return {"type": "prose", "data": {"text": text}}


def _heading(text: str) -> dict[str, Any]:
    return {"type": "heading", "data": {"text": text}}


def _quote(text: str, source: str) -> dict[str, Any]:
    return {"type": "quote", "data": {"text": text, "source": source}}


def _teaser(post: str) -> dict[str, Any]:
    return {"type": "teaser", "data": {"post": f"@{post}"}}


def _author(key: str, name: str, city: str, en: str, de: str) -> Item:
    return Item(key=key, type="author", data={"en": {"name": name, "city": city, "bio": en}, "de": {"bio": de}})


def _tag(key: str, en: str, de: str, color: str) -> Item:
    return Item(key=key, type="tag", data={"en": {"title": en, "color": color}, "de": {"title": de}})


PEOPLE = (
    _author("ines", "Inés Carranza", "Bilbao", "Draws sections through houses that she has never entered.",
            "Zeichnet Schnitte durch Häuser, die sie nie betreten hat."),
    _author("tomasz", "Tomasz Wilk", "Łódź", "A joiner for twenty years, a writer for three.",
            "Seit zwanzig Jahren Tischler, seit dreien Autor."),
    _author("aiko", "Aiko Mori 森愛子", "Kyōto", "Measures how light moves through a stairwell in a day.",
            "Misst, wie das Licht an einem Tag durch ein Treppenhaus wandert."),
)  # fmt: skip

TAGS = (
    _tag("wood", "Wood", "Holz", "#a9744f"),
    _tag("stone", "Stone", "Stein", "#7d8790"),
    _tag("light", "Light", "Licht", "#e6b422"),
    _tag("people", "People", "Menschen", "#c8553d"),
)

POSTS = (
    Item(key="newel", type="post", data={
        "en": {
            "title": "The post that carries everything", "author": "@tomasz", "tags": ["@wood"], "date": "2026-03-02",
            "minutes": 6, "featured": True, "summary": "A newel has no step of its own. That is why all the steps can lean on it.",
            "body": [
                _prose("Take a winding stair apart and you are left with one piece that never was a step: the **newel**. "
                       "Every tread is let into it, each a little higher and a little further round."),
                _heading("One mortise, one tread"),
                _prose("Cut the mortises too early and the post is weak. Cut them too late and the treads wait in the yard. "
                       "The trick is to cut each one on the day its tread arrives."),
                _quote("A good post does not know how many steps it carries.", "Joiner's saying"),
            ],
        },
        "de": {
            "title": "Der Pfosten, der alles trägt", "summary": "Eine Spindel hat keine eigene Stufe. Darum können sich alle an sie lehnen.",
            "body": [
                _prose("Zerlegt man eine Wendeltreppe, bleibt ein Teil übrig, das nie Stufe war: die **Spindel**. "
                       "Jede Stufe ist in sie eingelassen, jede ein wenig höher und ein wenig weiter herum."),
                _heading("Ein Zapfenloch, eine Stufe"),
                _prose("Schneidet man die Löcher zu früh, wird der Pfosten schwach. Zu spät, und die Stufen warten im Hof."),
                _quote("Ein guter Pfosten weiß nicht, wie viele Stufen er trägt.", "Tischlerwort"),
            ],
        },
    }),
    Item(key="noon", type="post", data={
        "en": {
            "title": "Noon on the third landing", "author": "@aiko", "tags": ["@light", "@stone"], "date": "2026-04-11",
            "minutes": 4, "summary": "For eleven minutes a day, the wall tells the time.",
            "body": [
                _prose("The window was made for air, not for light. Yet from 11:52 to 12:03 a stripe stands on the limestone, "
                       "as narrow as a ruler, and the neighbours set their clocks by it."),
                _prose("In December it does not come down this far. Then the third landing has no noon."),
            ],
        },
        "de": {
            "title": "Mittag auf dem dritten Absatz", "summary": "Elf Minuten am Tag sagt die Wand die Zeit an.",
            "body": [_prose("Das Fenster war für die Luft gedacht, nicht für das Licht. Doch von 11:52 bis 12:03 steht ein Streifen "
                            "auf dem Kalkstein, schmal wie ein Lineal.")],
        },
    }),
    Item(key="worn", type="post", data={
        "en": {
            "title": "How long until a step is worn?", "author": "@ines", "tags": ["@stone", "@people"], "date": "2026-05-20",
            "minutes": 9, "summary": "We counted feet for a year at the foot of a granite stair.",
            "body": [
                _prose("Two millimetres in forty years, says the mason. We wanted to know in feet."),
                _heading("The count"),
                _prose("- 1,204,377 going up\n- 1,198,020 coming down\n- 6,357 who, it seems, are still upstairs"),
            ],
        },
        "de": {
            "title": "Wann ist eine Stufe abgetreten?", "summary": "Ein Jahr lang haben wir Füße gezählt.",
            "body": [_prose("Zwei Millimeter in vierzig Jahren, sagt der Steinmetz. Wir wollten es in Füßen wissen.")],
        },
    }),
    Item(key="concierge", type="post", data={
        "en": {
            "title": "The last concierge of Rue Monge", "author": "@ines", "tags": ["@people"], "date": "2026-06-07",
            "minutes": 7, "summary": "She knows who comes home by the third step.",
            "body": [_prose("The third step creaks. It has creaked since 1971, and twice she has sent the carpenter away."),
                     _quote("If you mend it, how will I know who it is?", "Mme Arnaud")],
        },
    }),
    Item(key="spruce", type="post", data={
        "en": {
            "title": "Spruce, oak, ash: which one talks?", "author": "@tomasz", "tags": ["@wood", "@people"], "date": "2026-07-15",
            "minutes": 5, "summary": "A listening test with three treads and nine pairs of shoes.",
            "body": [_prose("Spruce answers at once. Oak thinks about it. Ash gives every question back.")],
        },
        "de": {
            "title": "Fichte, Eiche, Esche: wer spricht?", "summary": "Ein Hörtest mit drei Stufen und neun Paar Schuhen.",
            "body": [_prose("Fichte antwortet sofort. Eiche denkt nach. Esche gibt jede Frage zurück.")],
        },
    }),
)  # fmt: skip

PAGES = (
    Item(key="home", type="page", data={
        "en": {"title": "Stairwell", "slug": "index", "intro": "A magazine about stairs and those who use them.",
               "body": [_teaser("newel"), _teaser("worn"), _teaser("noon")]},
        "de": {"title": "Treppenhaus", "slug": "index", "intro": "Ein Magazin über Treppen und die, die sie gehen.",
               "body": [_teaser("newel"), _teaser("worn"), _teaser("noon")]},
    }),
    Item(key="about", type="page", data={
        "en": {"title": "About", "intro": "Four times a year, step by step.",
               "body": [_prose("*Stairwell* is written between two floors. We print what can be read on the way up.")]},
        "de": {"title": "Über uns", "intro": "Viermal im Jahr, Stufe für Stufe.",
               "body": [_prose("*Treppenhaus* entsteht zwischen zwei Stockwerken.")]},
    }),
    Item(key="team", type="page", parent="about", data={
        "en": {"title": "Team", "intro": "Three people and a ladder.", "body": [_prose("Inés draws, Tomasz saws, Aiko waits for the light.")]},
        "de": {"title": "Redaktion", "intro": "Drei Menschen und eine Leiter.",
               "body": [_prose("Inés zeichnet, Tomasz sägt, Aiko wartet auf das Licht.")]},
    }),
    Item(key="contact", type="page", parent="about", data={
        "en": {"title": "Contact", "body": [_prose("Ring twice. The bell on the left is ours.")]},
        "de": {"title": "Kontakt", "body": [_prose("Zweimal klingeln. Die linke Klingel ist unsere.")]},
    }),
)  # fmt: skip

SITE = (
    Item(key="site", type="site", data={
        "en": {"name": "Stairwell", "tagline": "Between two floors", "footer": "Made with Newel."},
        "de": {"tagline": "Zwischen zwei Stockwerken", "footer": "Gemacht mit Newel."},
    }),
)  # fmt: skip

ENTRIES: tuple[Item, ...] = (*PEOPLE, *TAGS, *POSTS, *PAGES, *SITE)

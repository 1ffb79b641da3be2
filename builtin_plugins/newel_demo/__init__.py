"""A small magazine to look at: types, pages in a tree, posts, authors, tags, two languages."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.content import Content

manifest = Manifest(
    name="demo",
    summary="Fills an empty site with a small magazine (newel serve --demo).",
    load="newel_demo.plugin:DemoPlugin",
    needs=(Content,),
    commands={"demo": "The demonstration content."},
    optional=True,
)

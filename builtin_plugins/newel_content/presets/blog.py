"""A blog: posts with authors, categories and tags."""

from __future__ import annotations

from newel_content.presets.making import Preset, kind, named, picture, seo, text, to, words

BLOG = Preset(
    name="blog",
    label="Blog",
    summary="Posts with authors, categories and tags.",
    types=(
        kind(
            "author", "Author", "collection",
            *named("name"), picture("portrait"), words("bio"), text("email", "email"),
        ),
        kind("category", "Category", "collection", *named(), words("description", "textarea")),
        kind(
            "post", "Post", "collection",
            *named(),
            words("excerpt", "textarea", rules={"max_length": 400}),
            picture("cover"),
            words("body", required=True),
            to("author", "author"),
            to("categories", "category", many=True, on_delete="clear"),
            text("tags", "tags", indexed=True),
            text("date", "datetime", indexed=True, help="What posts are sorted by."),
            text("featured", "boolean", indexed=True),
            *seo(),
        ),
        kind(
            "blog_settings", "Blog settings", "single",
            words("name", "text", required=True), words("description", "textarea"),
            text("posts_per_page", "integer", default=10, rules={"min": 1, "max": 100}),
        ),
    ),
)  # fmt: skip

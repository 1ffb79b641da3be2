"""The catalogue of a shop: products, with variants, in categories. Orders and stock are elsewhere."""

from __future__ import annotations

from newel_content.presets.making import Preset, block, blocks, choice, kind, named, picture, seo, text, to, words

PRICE = text("price", "number", required=True, options={"exact": True}, rules={"min": "0"})
SHOP = Preset(
    name="shop",
    label="Shop catalogue",
    summary="Products with variants and prices, brands, and categories in a tree.",
    types=(
        block("variant", "Variant", text("sku", required=True), text("name", required=True), PRICE,
              text("available", "boolean", default=True)),
        block("property", "Property", text("name", required=True), text("value", required=True)),
        kind("brand", "Brand", "collection", *named("name"), picture("logo"), words("description")),
        kind("product_category", "Product category", "page", *named(), words("description"), picture()),
        kind(
            "product", "Product", "collection",
            *named(),
            text("sku", required=True, unique=True, indexed=True, rules={"max_length": 64}),
            words("summary", "textarea", rules={"max_length": 400}),
            words("description"),
            picture("images", many=True),
            text("price", "number", required=True, indexed=True, options={"exact": True}, rules={"min": "0"}),
            choice("currency", "EUR", "USD", "GBP", "CHF", default="EUR"),
            blocks("variants", "variant"),
            blocks("properties", "property"),
            to("brand", "brand", on_delete="clear"),
            to("categories", "product_category", many=True, on_delete="clear"),
            text("available", "boolean", indexed=True, default=True),
            *seo(),
        ),
    ),
)  # fmt: skip

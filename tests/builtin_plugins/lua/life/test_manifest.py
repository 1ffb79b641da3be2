"""``plugin.toml`` and ``plugin_info``: strict, with lines, and one form of both."""

from __future__ import annotations

from typing import Any

import pytest

from newel.secrets import Secret
from newel.structure import Structurer
from newel_lua import settings
from newel_lua.config import LuaConfig
from newel_lua.examining import code
from newel_lua.files import Files
from newel_lua.model import Registration
from newel_lua.plugin_info import Limits, ManifestFault, merged
from newel_lua.request import Approval, Request, requested
from newel_lua.toml import line_of, parsed, read_toml, told

pytestmark = pytest.mark.engines()
WHOLE = """\
name = "forms"
version = "1.2.0"
summary = "Forms."
api = 1
newel = ">=0.1,<1"
author = "Ada"
license = "MIT"
needs = ["content.read:post", "media.read", "http.route", "net:API.example.org", "kv", "schedule", "mail"]
dependencies = ["mailer"]

[settings]
greeting = "Hello"
many = 3
[settings.key]
type = "secret"
summary = "Of the service."
[settings.size]
type = "choice"
choices = ["s", "m"]
default = "s"

[limits]
memory_mb = 8
seconds = 1

[[screens]]
name = "main"
label = "Forms"
"""


def mistakes(text: str, folder: str = "forms") -> list[str]:
    return [told(one) for one in parsed(folder, text, Structurer())[1]]


def test_a_whole_manifest() -> None:
    made = read_toml("forms", WHOLE, Structurer())
    assert (made.name, made.version, made.limits.memory_mb) == ("forms", "1.2.0", 8)
    assert {name: one.type for name, one in made.settings.items()} == {
        "greeting": "text", "many": "integer", "key": "secret", "size": "choice",
    }  # fmt: skip
    labels = [one.label for one in requested(made, [Registration(what="schedule", id=1, details={})]).items]
    assert labels == [
        "domain:api.example.org", "need:content.read:post", "need:kv", "need:mail", "need:media.read", "need:schedule",
        "screen:main",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("version = ", "vresion = "), "plugin.toml:2: vresion: there is no 'vresion' here; did you mean 'version'?"),
        (('"1.2.0"', "1.2"), "plugin.toml:2: version: expected a string, got number"),
        (("api = 1", "api = 2"), "plugin.toml:4: api: must be at most 1"),
        ((">=0.1,<1", ">=9"), "plugin.toml:5: newel: it is made for Newel >=9; this is 0.1.0"),
        ((">=0.1,<1", "^1"), "plugin.toml:5: newel: '^1' is not a version range such as '>=0.1,<1'"),
        (('"kv"', '"kvv"'), "plugin.toml:8: needs: there is no need 'kvv'"),
        (('"mailer"', '"forms"'), "plugin.toml:9: dependencies: a plugin cannot depend on itself"),
        (
            ('type = "secret"', 'type = "secret"\ndefault = "x"'),
            "plugin.toml:16: settings.key.default: a secret has no",
        ),
        (('default = "s"', 'default = "xl"'), "plugin.toml:20: settings.size.default: expected one of: s, m"),
        (('choices = ["s", "m"]', ""), "plugin.toml:17: settings.size: a choice needs `choices`"),
        (("memory_mb = 8", "memory_mb = 1"), "plugin.toml:23: limits.memory_mb: must be at least 2"),
        (("memory_mb", "memory"), "plugin.toml:23: limits.memory: there is no 'memory' here"),
        (("[limits]", "[limits"), "plugin.toml:22: "),
        (('name = "main"', 'name = "a/b"'), "plugin.toml:27: screens.0.name: must match"),
    ],
)
def test_every_mistake_has_its_line(change: tuple[str, str], fault: str) -> None:
    found = mistakes(WHOLE.replace(*change))
    assert any(one.startswith(fault) for one in found), found


def test_all_mistakes_are_told_at_once() -> None:
    text = WHOLE.replace('"kv"', '"kvv"').replace("memory_mb = 8", 'memory_mb = "much"').replace('"mailer"', '"forms"')
    assert [one.split(":")[1] for one in mistakes(text)] == ["8", "9", "23"]


def test_lines_of_keys_in_tables_and_dotted_keys() -> None:
    text = "a = 1\n[b]\n  # c = 0\nc = 1\n[b.d]\ne.f = 2\n"
    assert [line_of(text, one) for one in ("/a", "/b", "/b/c", "/b/d/e/f", "/nowhere")] == [1, 2, 4, 6, 1]


def test_plugin_info_of_the_go_system() -> None:
    info = {
        "name": "shop", "version": "v1.0 (beta)", "description": "A shop.", "author": "Ada", "license": "MIT",
        "min_cms_version": "9.9.9", "dependencies": {}, "homepage": "https://example.org",
        "capabilities": [{"table": "content_data", "op": "before_create", "handler": "x", "priority": 5}],
        "core_access": {"content_data": ["read", "write"], "users": ["read", "write"], "sessions": ["read"]},
        "screens": [{"name": "orders", "label": "Orders", "icon": "x", "hidden": True, "group": "shop"}],
        "interfaces": [{"name": "price", "label": "Price", "mode": "overlay"}],
        "ui": {"tag": "mcms-shop", "bundle": "shop.js", "has_admin": True, "since": 2},
    }  # fmt: skip
    made = merged("shop", None, info, Structurer())
    assert made.summary == "A shop."
    assert made.ui is not None
    assert [one.label for one in requested(made, []).items] == [
        "core:content_data:read", "core:content_data:write", "core:users:read", "screen:orders", "interface:price",
    ]  # fmt: skip


def test_an_editor_that_is_approved_for_some_fields_is_not_for_others() -> None:
    def asks(*types: str) -> Request:
        editor = {"name": "price", "types": list(types)}
        info = {"name": "shop", "version": "1", "description": "A shop", "interfaces": [editor]}
        made = merged("shop", None, info, Structurer())
        return requested(made, [Registration(what="interface", id=1, details={"name": "price"})])

    assert [(one.label, one.terms) for one in asks("color", "url").items] == [("interface:price", "for color, url")]
    (item,) = asks("color").items
    approved = [Approval(item=item, version="1", by="ada", at="2026-01-01T00:00:00.000Z")]
    assert asks("color").granted(approved) == {item}
    assert not asks("color", "text").granted(approved)
    assert [one["change"] for one in asks("color", "text").drift(approved)] == ["changed"]


@pytest.mark.parametrize(
    ("info", "text"),
    [
        ({}, "no plugin_info"),
        ({"name": "a"}, "plugin_info.version must be a text"),
        ({"name": "a", "version": "1", "description": 3}, "plugin_info.description must be a text"),
        ({"name": "a_", "version": "1", "description": "x"}, "does not end in _"),
        ({"name": "a", "version": "1", "description": "x", "screens": [{"nme": "x"}]}, "plugin_info.screens.0"),
        ({"name": "a", "version": "1", "description": "x", "dependencies": "b"}, "plugin_info.dependencies"),
        ({"name": "a", "version": "1", "description": "x", "core_access": ["users"]}, "plugin_info.core_access"),
        ({"name": "a", "version": "1", "description": b"\xff"}, "plugin_info.description must be a text"),
    ],
)  # fmt: skip
def test_mistakes_in_plugin_info(info: dict[str, Any], text: str) -> None:
    with pytest.raises(ManifestFault, match=text.replace(".", r"\.")):
        merged("a", None, info, Structurer())


def test_limits_only_lower() -> None:
    config = LuaConfig(memory_mb=16, instructions=1_000_000)
    files = Files(lua={}, hash="")
    assert code("a", files, Limits(memory_mb=8), config).memory == 8 << 20
    assert code("a", files, Limits(memory_mb=999, instructions=10**9), config).memory == 16 << 20
    assert code("a", files, Limits(instructions=10**9), config).instructions == 1_000_000


def test_values_of_settings_are_judged_and_secrets_stay_secret() -> None:
    declared = read_toml("forms", WHOLE, Structurer()).settings
    wrong = settings.judged(declared, {"greeting": 3, "many": True, "size": "xl", "key": "k", "other": 1})
    assert [(one.pointer, one.code) for one in wrong] == [
        ("/settings/greeting", "invalid"), ("/settings/many", "invalid"), ("/settings/size", "invalid"),
        ("/settings/other", "unknown"),
    ]  # fmt: skip
    assert settings.judged(declared, {"greeting": None, "many": 4}) == []
    values = settings.effective(declared, {"greeting": "Hi", "many": "no longer a number", "key": "sesame"})
    assert values == {"greeting": "Hi", "many": 3, "key": Secret("sesame"), "size": "s"}
    assert "sesame" not in str(values) + str(settings.shown(declared, {"key": "sesame"}))

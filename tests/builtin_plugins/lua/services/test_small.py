"""``settings``, ``i18n`` and ``mail``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.lua.conftest import Load, run_of

from newel import Secret
from newel.testing import FakeClock
from newel_lua.files import fingerprint, read_files
from newel_lua.model import Grants, LuaFault, LuaRefused, Run, Self
from newel_lua.modules.i18n import MOST_BYTES, I18nModule, TextsFault, catalogue_of
from newel_lua.modules.mail import MailModule
from newel_lua.modules.settings import SettingsModule, masked

SETTINGS = {"greeting": "Hello", "most": 5, "ratio": 0.5, "on": True, "key": Secret("canary-1c7d"), "unset": None}
ME = Self(name="shop", version="1", grants=Grants(), settings=SETTINGS)


async def test_settings_are_given_to_their_plugin_with_their_types(clock: FakeClock) -> None:
    get = SettingsModule().functions["get"]
    run = run_of(ME, clock)
    assert [await get(run, [name]) for name in ("greeting", "most", "ratio", "on", "unset")] == [
        "Hello",
        5,
        0.5,
        True,
        None,
    ]
    assert await get(run, ["key"]) == "canary-1c7d"
    for args in (["nothing"], [], [5]):
        with pytest.raises(LuaFault, match="greeting, key, most"):
            await get(run, args)


async def test_at_module_scope_nothing_is_known_yet(clock: FakeClock, i18n: I18nModule) -> None:
    """A plugin is read before anybody set or approved anything, and settings change while it runs."""
    run = run_of(ME, clock, "load")
    with pytest.raises(LuaFault, match="module scope"):
        await SettingsModule().functions["get"](run, ["greeting"])
    with pytest.raises(LuaFault, match="module scope"):
        await i18n.functions["t"](run, ["hello"])


async def test_e8_40_the_host_does_not_echo_a_secret_setting(clock: FakeClock) -> None:
    """Not where it shows the plugin or its run, not in the error of a wrong name, not in what it writes down."""
    run = run_of(ME, clock)
    for shown in (repr(ME), repr(run), str(SETTINGS), masked(ME, "it is canary-1c7d, canary-1c7d")):
        assert "canary" not in shown
    with pytest.raises(LuaFault) as error:
        await SettingsModule().functions["get"](run, ["canary"])
    assert "1c7d" not in str(error.value)


async def test_settings_in_a_plugin(load: Load) -> None:
    machine = await load("function get(name) return settings.get(name) end", [SettingsModule()], settings=SETTINGS)
    assert await machine.call("get", "key") == "canary-1c7d"
    assert await machine.call("get", "most") == 5


FILES = {
    "i18n/en.toml": b'hello = "Hello, {name}!"\nonly_en = "English"\n[form.errors]\nrequired = "{field} is missing"\n',
    "i18n/de.json": b'{"hello": "Hallo, {name}!", "form": {"errors": {"required": "{field} fehlt, {field}!"}}}',
    "i18n/de-AT.toml": b'hello = "Servus, {name}!"\n',
    "i18n/fr.toml": b'only_fr = "fran\xc3\xa7ais"\n',
}


@pytest.fixture
def i18n() -> I18nModule:
    catalogue = catalogue_of(FILES)
    return I18nModule(lambda name: catalogue if name == "shop" else {})


def called(clock: FakeClock, locale: str | None = None, plugin: Self = ME) -> Run:
    run = run_of(plugin, clock)
    run.call = evolve(run.call, locale=locale)
    return run


@pytest.mark.parametrize(
    ("args", "locale", "expected"),
    [
        (["hello", {"name": "Ada"}], None, "Hello, Ada!"),
        (["hello", {"name": "Ada"}], "de", "Hallo, Ada!"),
        (["hello", {"name": "Ada"}, "de-AT"], "fr", "Servus, Ada!"),
        (["hello", {"name": "Ada"}, "de_at"], None, "Servus, Ada!"),
        (["hello", {"name": "Ada"}, "de-CH-1996"], None, "Hallo, Ada!"),
        (["hello", {"name": "{name} {field}"}], None, "Hello, {name} {field}!"),
        (["hello"], "xx", "Hello, {name}!"),
        (["hello", {"name": 3}], None, "Hello, 3!"),
        (["hello", {"name": 2.5}], None, "Hello, 2.5!"),
        (["hello", {"name": True}], None, "Hello, true!"),
        (["form.errors.required", {"field": "ä"}, "de"], None, "ä fehlt, ä!"),
        (["only_en", None, "de"], None, "English"),
        (["only_fr", None, "de"], None, "français"),
        (["no.such.text"], "de", "no.such.text"),
        (["form"], None, "form"),
    ],
)
async def test_a_text_in_the_locale_that_is_nearest(
    i18n: I18nModule, clock: FakeClock, args: list[Any], locale: str | None, expected: str
) -> None:
    assert await i18n.functions["t"](called(clock, locale), args) == expected


async def test_texts_are_the_plugins_own(i18n: I18nModule, clock: FakeClock) -> None:
    other = called(clock, plugin=Self(name="blog", version="1", grants=Grants()))
    assert await i18n.functions["t"](other, ["hello"]) == "hello"
    assert await i18n.functions["locale"](called(clock, "de"), []) == "de"
    assert await i18n.functions["locale"](called(clock), []) is None
    with pytest.raises(LuaFault, match="key"):
        await i18n.functions["t"](other, [])
    with pytest.raises(LuaFault, match="more than 100000"):
        await i18n.functions["t"](called(clock), ["hello", {"name": "x" * 100_000}])


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("i18n/en.toml", b"a = ", "i18n/en.toml: "),
        ("i18n/en.toml", b"a = 5", "'a' is neither"),
        ("i18n/en.toml", b"\xff", "i18n/en.toml: "),
        ("i18n/en.json", b"[1]", "neither a text nor a table"),
        ("i18n/en.json", b'{"a": [1]}', "'a' is neither"),
        ("i18n/en.json", b'{"a":' * 12 + b'"x"' + b"}" * 12, "neither a text"),
        ("i18n/en.json", b'{"a":' * 50_000, "i18n/en.json: "),
        ("i18n/README.md", b"", "called after its locale"),
        ("i18n/x/en.toml", b"", "called after its locale"),
        ("i18n/english.txt", b"", "called after its locale"),
        ("i18n/en.toml", b"#" * (MOST_BYTES + 1), "262144 bytes"),
    ],
)
def test_what_is_no_file_of_texts_is_named(path: str, content: bytes, words: str) -> None:
    with pytest.raises(TextsFault, match=path) as error:
        catalogue_of({path: content})
    assert words in str(error.value)


def test_texts_are_among_the_files_that_a_change_of_reloads(tmp_path: Path) -> None:
    (tmp_path / "i18n").mkdir()
    (tmp_path / "init.lua").write_text("")
    plain, before = read_files(tmp_path), fingerprint(tmp_path)
    (tmp_path / "i18n" / "README.md").write_text("not one")
    assert read_files(tmp_path) == plain
    (tmp_path / "i18n" / "de.toml").write_text('a = "x"')
    changed = read_files(tmp_path)
    assert dict(changed.texts) == {"i18n/de.toml": b'a = "x"'}
    assert changed.hash != plain.hash
    assert fingerprint(tmp_path) != before


def test_two_files_of_a_locale_agree() -> None:
    files = {"i18n/de.json": b'{"a": "x", "b": "y"}', "i18n/de.toml": b'a = "x"\nc = "z"'}
    assert catalogue_of(files) == {"de": {"a": "x", "b": "y", "c": "z"}}
    with pytest.raises(TextsFault, match="'a' has two texts"):
        catalogue_of({**files, "i18n/de.toml": b'a = "other"'})


async def test_there_is_no_mail_and_it_says_so(clock: FakeClock, load: Load) -> None:
    with pytest.raises(LuaRefused, match="this site has no mail"):
        await MailModule().functions["send"](run_of(ME, clock), [{"to": "a@example.org"}])
    text = "function try() local ok, why = mail.send({ to = 'a' }) return { ok = ok, why = why } end"
    machine = await load(text, [MailModule()])
    assert await machine.call("try") == {"why": "this site has no mail"}

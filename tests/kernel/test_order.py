"""Plugins start in order of need; what has no order is refused with the chain and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import frozen

from newel import Manifest, Offer
from newel.app import App
from newel.config import read_layers
from newel.discover import explicit
from newel.errors import BootError
from newel.order import Unorderable, chain, plan, scheme_of


class Store: ...


class Mail: ...


class Sites: ...


class Plain:
    def __init__(self, app: App) -> None: ...


LOAD = "tests.kernel.test_order:Plain"


def one(name: str, **details: object) -> Manifest:
    return Manifest(name=name, summary="s", load=LOAD, **details)  # type: ignore[arg-type]  # keyword details


def order(*manifests: Manifest, setting: str = "sqlite:///x") -> tuple[str, ...]:
    return plan(manifests, lambda _: setting, lambda name: not name.startswith("z")).order


def test_needs_wants_and_after_come_first() -> None:
    assert order(
        one("a", needs=(Store,)), one("b", provides=(Store,), after=("d",)),
        one("c", wants=(Mail,)), one("d", provides=(Mail,)),
    ) == ("d", "b", "a", "c")  # fmt: skip


def test_ours_come_before_others_then_by_name() -> None:
    assert order(one("z1"), one("c"), one("a"), one("z0")) == ("a", "c", "z0", "z1")


def test_a_cycle_names_its_chain() -> None:
    with pytest.raises(Unorderable, match="a → b → a"):
        order(one("a", needs=(Mail,), provides=(Store,)), one("b", needs=(Store,), provides=(Mail,)))


def test_two_providers_are_named() -> None:
    with pytest.raises(Unorderable, match="Store is provided by both a and b"):
        order(one("a", provides=(Store,)), one("b", provides=(Store,)))


def test_the_scheme_of_a_setting_picks_one_offer() -> None:
    offers = (
        one("lite", provides=(Offer(Store, "database.url", ("sqlite",)),)),
        one("post", provides=(Offer(Store, "database.url", ("postgresql", "postgres")),)),
        one("user", needs=(Store,)),
    )
    assert order(*offers) == ("lite", "user")
    assert order(*offers, setting="postgresql+asyncpg://h/d") == ("post", "user")
    assert scheme_of("MySQL+aiomysql://x") == "mysql"
    assert scheme_of("file:data/blobs") == scheme_of("File:///srv") == "file"
    assert scheme_of("sqlite:data.db") == "sqlite:data.db", "too few slashes are a slip, no engine"


def test_a_gap_takes_those_that_lean_on_it_too() -> None:
    made = plan(
        [one("a", needs=(Store,), provides=(Mail,)), one("b", needs=(Mail,)), one("c")], lambda _: "", lambda _: True
    )
    assert made.order == ("c",)
    assert [(gap.plugin, gap.contract) for gap in made.gaps] == [("a", Store), ("b", Mail)]


def test_why() -> None:
    manifests = {m.name: m for m in (one("a", needs=(Store,), wants=(Mail,)), one("b", provides=(Store,)))}
    assert chain("a", manifests, {Store: "b"}) == ["a needs Store (a → b)"]
    assert chain("b", manifests, {Store: "b"}) == ["a needs Store (a → b)"]
    assert chain("c", {"c": one("c")}, {}) == ["c needs nothing and nothing needs it"]


@frozen(kw_only=True)
class UrlConfig:
    url: str = "lite://"


def boot(tmp_path: Path, *manifests: Manifest, disable: tuple[str, ...] = (), url: str = "lite://") -> App:
    given = {"plugins": {"disable": list(disable)}} | ({"store": {"url": url}} if url != "lite://" else {})
    return App.build(tmp_path, explicit(manifests), read_layers(None, {}, given=given))


def test_disabling_what_is_needed_is_refused_with_the_chain(tmp_path: Path) -> None:
    with pytest.raises(BootError) as caught:
        boot(tmp_path, one("http", needs=(Store,)), one("accounts", provides=(Store,)), disable=("accounts",))
    assert "cannot disable accounts: http needs Store (http → Store → accounts)" in caught.value.detail
    assert "remedy: enable accounts, or disable http as well" in caught.value.detail


def test_a_need_that_nobody_fills(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="http needs Store, which no plugin provides"):
        boot(tmp_path, one("http", needs=(Store,)))


def test_an_unknown_scheme_is_told_with_the_known_ones(tmp_path: Path) -> None:
    lite = one("lite", provides=(Offer(Store, "store.url", ("lite",)),), sections={"store": UrlConfig})
    assert list(boot(tmp_path, lite).plugins) == ["lite"]
    with pytest.raises(BootError, match="no plugin knows the scheme 'lit'; known here: lite; did you mean 'lite'"):
        boot(tmp_path, lite, url="lit://x")


def test_an_engine_that_is_not_configured_is_not_loaded(tmp_path: Path) -> None:
    lite = one("lite", provides=(Offer(Store, "store.url", ("lite",)),), sections={"store": UrlConfig})
    other = Manifest(
        name="other", summary="s", load="no.such.module:Thing",
        provides=(Offer(Store, "store.url", ("other",)),), sections={"store": UrlConfig},
    )  # fmt: skip
    app = boot(tmp_path, lite, other)
    assert list(app.plugins) == ["lite"]
    assert app.disabled == {"other": "another engine is configured"}


def test_optional_plugins_wait_to_be_asked(tmp_path: Path) -> None:
    extra = one("extra", optional=True)
    found = explicit([extra])
    assert list(App.build(tmp_path, found, read_layers(None, {})).plugins) == []
    layers = read_layers(None, {}, ("plugins.enable=extra",))
    assert list(App.build(tmp_path, found, layers).plugins) == ["extra"]

"""Configuration: layers, origins, secrets, and one report of everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pytest
from attrs import Factory, frozen

from newel import Manifest, Min
from newel.app import App
from newel.config import Configuration, read_layers
from newel.discover import explicit
from newel.errors import BootError
from newel.explain import explained, shown
from newel.secrets import Secret
from newel.structure import Structurer

ENGINE = "tests.kernel.test_config:Engine"


@frozen(kw_only=True)
class EngineConfig:
    size: Annotated[int, "How big.", Min(1)] = 5
    names: Annotated[tuple[str, ...], "Who."] = ()
    key: Annotated[Secret[str] | None, "The key."] = None
    on: Annotated[bool, "Whether."] = True


class Engine:
    def __init__(self, app: App, config: EngineConfig) -> None:
        self.config = config


def manifest(name: str = "engine") -> Manifest:
    return Manifest(name=name, summary="s", load=ENGINE, config=EngineConfig)


def boot(tmp_path: Path, toml: str = "", environment: dict[str, str] | None = None, sets: tuple[str, ...] = ()) -> App:
    file = tmp_path / "newel.toml"
    file.write_text(toml, "utf-8")
    layers = read_layers(file, environment or {}, sets)
    return App.build(tmp_path, explicit([manifest()]), layers, environment=environment or {})


def report(tmp_path: Path, *arguments: Any, **named: Any) -> str:
    with pytest.raises(BootError) as caught:
        boot(tmp_path, *arguments, **named)
    return caught.value.detail


def test_layers_and_origins(tmp_path: Path) -> None:
    app = boot(
        tmp_path,
        '[engine]\nsize = 1\nnames = ["a"]\non = false\n',
        {"NEWEL__ENGINE__SIZE": "2", "NEWEL__ENGINE__NAMES": "b, c"},
        ("engine.size=3",),
    )
    assert app.config(EngineConfig) == EngineConfig(size=3, names=("b", "c"), on=False)
    origins = {path: origin for path, _, origin in shown(app)}
    assert origins["engine.size"] == "--set engine.size"
    assert origins["engine.names"] == "environment NEWEL__ENGINE__NAMES"
    assert origins["engine.on"] == "newel.toml"
    assert origins["engine.key"] == "default"


def test_variables_in_text(tmp_path: Path) -> None:
    app = boot(tmp_path, '[engine]\nsize = "${SIZE}"\nnames = ["${WHO:-nobody}", "x"]\n', {"SIZE": "9"})
    assert app.config(EngineConfig) == EngineConfig(size=9, names=("nobody", "x"))
    assert "${SIZE} is not set" in report(tmp_path, '[engine]\nsize = "${SIZE}"\n')


def test_every_mistake_in_one_report(tmp_path: Path) -> None:
    told = report(tmp_path, '[engine]\nsise = 1\nsize = "7"\non = 1\nnames = "x"\n[engin]\na = 1\n')
    assert "6 mistakes" in told or "5 mistakes" in told
    assert "engine.sise: there is no 'sise' here; did you mean 'size'?  (newel.toml)" in told
    assert "engine.size: expected an integer, got string" in told
    assert "engine.on: expected true or false, got integer" in told
    assert "engine.names: expected a list, got string" in told
    assert "engin: there is no such section; did you mean 'engine'?" in told


def test_scalars_of_a_file_are_strict_and_bounds_hold(tmp_path: Path) -> None:
    assert "engine.size: must be at least 1  (--set engine.size)" in report(tmp_path, "", {}, ("engine.size=0",))
    assert "engine.size: expected an integer" in report(tmp_path, "", {"NEWEL__ENGINE__SIZE": "many"})


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[engine\n", "newel.toml is not valid TOML: "),
        ("a = 1\n", "a: is not in a section"),
        ("[engine]\nsize = 1\nsize = 2\n", "newel.toml is not valid TOML: "),
    ],
)
def test_a_bad_file(tmp_path: Path, toml: str, told: str) -> None:
    assert told in report(tmp_path, toml)


def test_bad_sets(tmp_path: Path) -> None:
    told = report(tmp_path, "", {"NEWEL__X": "1"}, ("size=1", "engine.size"))
    assert told.count("expected") == 3


def test_secrets_from_text_environment_and_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from file\n", "utf-8")
    for toml, value in (
        ('key = "plain"', "plain"),
        ('key = {env = "KEY"}', "from env"),
        ('key = {file = "key"}', "from file"),
    ):
        app = boot(tmp_path, f"[engine]\n{toml}\n", {"KEY": "from env"})
        assert app.config(EngineConfig).key == Secret(value)
        assert value not in repr(shown(app))
    assert "cannot read the secret" in report(tmp_path, '[engine]\nkey = {env = "NONE"}\n')
    assert "cannot read the secret: No such file" in report(tmp_path, '[engine]\nkey = {file = "none"}\n')


def test_the_section_of_a_disabled_plugin_is_left_alone(tmp_path: Path) -> None:
    app = boot(tmp_path, '[plugins]\ndisable = ["engine"]\n[engine]\nwhatever = 1\n')
    assert app.plugins == {}
    assert "there is no plugin 'engin'; did you mean 'engine'?" in report(tmp_path, '[plugins]\ndisable = ["engin"]\n')


def test_explain_tells_every_setting(tmp_path: Path) -> None:
    settings = {one.key: one for one in explained(boot(tmp_path), "engine")}
    assert settings["size"].as_dict() == {
        "section": "engine", "key": "size", "type": "integer", "default": "5",
        "environment": "NEWEL__ENGINE__SIZE", "sentence": "How big.",
    }  # fmt: skip
    assert settings["names"].type == "list of text"
    assert settings["on"].default == "true"


@frozen(kw_only=True)
class Place:
    key: Secret[str]
    more: Mapping[str, Secret[str]] = Factory(dict)


@frozen(kw_only=True)
class Deep:
    places: Mapping[str, Place] = Factory(dict)


def test_secrets_in_mappings_come_from_where_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    given = {"deep": {"places": {
        "one": {"key": {"env": "ONE"}, "more": {"a.b": {"file": "key"}, "c": "plain"}}, "two": {"key": "plain"},
    }}}  # fmt: skip
    configuration = Configuration(read_layers(None, {}, given=given), Structurer(), tmp_path, {"ONE": "from outside"})
    assert configuration.add("deep", Deep) == []
    found = configuration.of(Deep).places
    assert found["one"].key.reveal() == "from outside"
    assert {name: one.reveal() for name, one in found["one"].more.items()} == {"a.b": "from a file", "c": "plain"}
    assert found["two"].key.reveal() == "plain"
    again = Configuration(read_layers(None, {}, given=given), Structurer(), tmp_path, {})
    (fault,) = again.add("deep", Deep)
    assert (fault.path, "not set" in fault.detail) == ("deep.places.one.key", True)

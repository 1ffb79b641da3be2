"""Configuration: layers, origins, secrets, and one report of everything that is wrong."""

from __future__ import annotations

import os
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
    assert "engin: there is no such section; did you mean 'engine'?  (newel.toml)" in told


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


@frozen(kw_only=True)
class Named:
    key_file: str = ""
    key: Secret[str] | None = None
    size_file: str = ""


@frozen(kw_only=True)
class Filed:
    url: Secret[str] | None = None
    size: Annotated[int, "How big.", Min(1)] = 5
    places: Mapping[str, Place] = Factory(dict)
    named: Named = Named()


def filed(folder: Path, environment: dict[str, str], toml: str = "", *sets: str) -> tuple[Any, list[str], Any]:
    """The section, its faults, and the layers."""
    (folder / "newel.toml").write_text(toml)
    layers = read_layers(folder / "newel.toml", environment, sets)
    configuration = Configuration(layers, Structurer(), folder, environment)
    faults = [str(one) for one in configuration.add("filed", Filed)]
    return (None if faults else configuration.of(Filed)), faults, layers


def test_a_variable_that_ends_in_file_names_the_file_of_a_value(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("mysql://x:y@z/db\r\n\n")
    (tmp_path / "size").write_text("7\n")
    (tmp_path / "key").write_text("deep")
    environment = {
        "NEWEL__FILED__URL_FILE": str(tmp_path / "url"), "NEWEL__FILED__SIZE_FILE": "size",
        "NEWEL__FILED__PLACES__HOME__KEY_FILE": "key",
    }  # fmt: skip
    found, faults, layers = filed(tmp_path, environment, "[filed]\nurl = 'sqlite:'\n")
    assert faults == []
    assert (found.url.reveal(), found.size, found.places["home"].key.reveal()) == ("mysql://x:y@z/db", 7, "deep")
    assert layers.origin("filed.url") == f"environment NEWEL__FILED__URL_FILE ({tmp_path / 'url'})"
    assert layers.origin("filed.places.home.key") == "environment NEWEL__FILED__PLACES__HOME__KEY_FILE (key)"


def test_a_setting_whose_own_name_ends_in_file_is_no_name_of_a_file(tmp_path: Path) -> None:
    found, faults, _ = filed(
        tmp_path, {"NEWEL__FILED__NAMED__KEY_FILE": "a.key", "NEWEL__FILED__NAMED__SIZE_FILE": "b"}
    )
    assert (faults, found.named) == ([], Named(key_file="a.key", size_file="b"))


def test_the_command_line_goes_before_a_file_and_the_variable_beside_it_is_a_mistake(tmp_path: Path) -> None:
    environment = {"NEWEL__FILED__SIZE_FILE": "not-there"}
    found, faults, _ = filed(tmp_path, environment, "", "filed.size=3")
    assert (faults, found.size) == ([], 3)
    _, faults, _ = filed(tmp_path, environment | {"NEWEL__FILED__SIZE": "3"})
    assert faults == ["filed.size: NEWEL__FILED__SIZE and NEWEL__FILED__SIZE_FILE are both set; keep one of them"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file"),
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"hush" * 20_000, "larger than 64 KiB"),
        (b"hush\xff", "not UTF-8"),
        ("folder", "Is a directory"),
        ("pipe", "no plain file"),
    ],
)
def test_a_file_without_a_value_is_named_with_its_variable_and_never_shown(
    tmp_path: Path, content: bytes | str | None, told: str
) -> None:
    place = tmp_path / "it"
    match content:
        case bytes():
            place.write_bytes(content)
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
    _, (fault,), _ = filed(tmp_path, {"NEWEL__FILED__URL_FILE": str(place)})
    assert fault.startswith(f"filed.url: NEWEL__FILED__URL_FILE names '{place}': ")
    assert told in fault
    assert "hush" not in fault


def test_no_name_of_a_file_is_a_mistake_and_so_is_a_key_of_the_file_that_ends_so(tmp_path: Path) -> None:
    _, faults, _ = filed(tmp_path, {"NEWEL__FILED__URL_FILE": ""}, "[filed]\nsize_file = 'size'\n")
    assert [fault.partition("  (")[0] for fault in faults] == [
        "filed.url: NEWEL__FILED__URL_FILE names '': that is no name of a file",
        "filed.size_file: there is no 'size_file' here; did you mean 'size'?",
    ]


def test_what_a_file_holds_is_not_told_where_it_is_no_value(tmp_path: Path) -> None:
    (tmp_path / "size").write_text("hush")
    _, (fault,), _ = filed(tmp_path, {"NEWEL__FILED__SIZE_FILE": "size"})
    assert fault == "filed.size: expected an integer  (environment NEWEL__FILED__SIZE_FILE (size))"

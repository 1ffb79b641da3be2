"""Each rule for good plugins finds the plugin that breaks it, and says what to do; the template breaks none."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from newel.manifest import Manifest
from newel.scaffold import write_plugin
from newel.testing.quality import LEVELS, RULES, Subject, assert_good_plugin, faults_of

BY_NAME = {one.name: one for one in RULES}
PLUGIN, TOP, NOTES, TABLES = "plugin.py", "__init__.py", "notes.py", "tables.py"
Edit = tuple[str, str, str]
_numbers = iter(range(1000))

BAD: list[tuple[str, list[Edit], str]] = [
    ("manifest_sound", [(TOP, '"What it is for, in a sentence."', '"x"')], "the summary 'x' is no sentence"),
    ("manifest_sound", [(TOP, '"0.1.0"', '"new"')], "the version 'new' is no version"),
    ("manifest_sound", [(TOP, '">=0.1,<1"', '">=7"')], "it is made for Newel >=7; this is"),
    ("manifest_sound", [(TOP, ".plugin:Plugin", ".nowhere:Plugin")], "there is no module"),
    (
        "imports_only_newel_and_itself",
        [(NOTES, "from newel import", "import newel_media\nfrom newel import")],
        "notes.py:8 imports newel_media",
    ),
    (
        "imports_only_newel_and_itself",
        [(NOTES, "from newel import", "from newel.bounds import _x\nfrom newel import")],
        "imports newel.bounds._x, which is private",
    ),
    (
        "manifest_cheap",
        [("config.py", "from newel import", "import sqlalchemy\nfrom newel import")],
        "imports sqlalchemy",
    ),
    (
        "manifest_cheap",
        [(TOP, "from newel import", "from newel.app import App\nfrom newel import")],
        "imports newel.app",
    ),
    ("manifest_cheap", [("config.py", "from newel import", "import asyncio\nfrom newel import")], "imports asyncio"),
    ("config_documented", [("config.py", '"Characters of a note at most.", ', "")], ".longest has no sentence"),
    (
        "config_documented",
        [("config.py", "@frozen(", "@define("), ("config.py", "import frozen", "import define")],
        "Config is no frozen attrs class",
    ),
    ("readme", [("../README.md", "", "")], "there is no README.md"),
    ("starts_and_stops", [(PLUGIN, "        yield", "        raise OSError('no')\n        yield")], "OSError: no"),
    (
        "starts_and_stops",
        [
            (
                PLUGIN,
                "        yield",
                "        import asyncio\n        self.t = asyncio.create_task(asyncio.sleep(9))\n        yield",
            ),
        ],
        "tasks left over",
    ),
    (
        "operations_tested",
        [
            ("../tests/test_{name}.py", '"{name}.list"', '"{name}.nothing"'),
            ("../tests/test_{name}.py", "/{name}/notes", "/other"),
        ],
        "no test runs the operation",
    ),
    (
        "hooks_tested",
        [("../tests/test_{name}.py", "content_after_publish", "other")],
        "no test names the hook content_after_publish",
    ),
    (
        "permissions_given",
        [(NOTES, "needs=WRITE", "needs=PUBLIC"), (NOTES, "import Call", "import PUBLIC, Call")],
        ".add writes, and everybody may",
    ),
    ("permissions_given", [("permissions.py", '"Read notes"', '""')], "says nothing of itself"),
    ("errors_are_newels", [(NOTES, "raise Reject.field(", "raise ValueError(")], "raises ValueError"),
    (
        "errors_are_newels",
        [(NOTES, "        await self._database", "        exit(1)\n        await self._database")],
        "ends the process",
    ),
    (
        "errors_are_newels",
        [(NOTES, "        await self._database", "        raise Exception\n        await self._database")],
        "raises Exception",
    ),
    (
        "tables_prefixed",
        [(TABLES, 'op.create_table(\n        "{name}_notes"', 'op.create_table(\n        "notes"')],
        "step 1 'notes' makes the table 'notes'",
    ),
    (
        "tables_prefixed",
        [(TABLES, "op.create_table(", 'op.execute("CREATE TABLE IF NOT EXISTS x (y int)")\n    op.create_table(')],
        "makes the table 'x'",
    ),
    ("tables_prefixed", [(TABLES, "number=1", "number=2")], "the steps are numbered 2"),
    (
        "survives_being_off",
        [
            (
                PLUGIN,
                "        yield",
                (
                    '        place = self._app.folder / "was_here"\n'
                    '        if place.exists():\n            raise OSError("again")\n'
                    "        place.touch()\n        yield"
                ),
            )
        ],
        "on, off and on again",
    ),
    ("typed", [("py.typed", None, None)], "there is no py.typed"),  # type: ignore[list-item]  # removed
    (
        "typed",
        [(NOTES, "text: str, by: str) -> None", "text, by: str) -> None")],
        "the argument 'text' of note has no type",
    ),
    ("typed", [(NOTES, ", by: str) -> None", ", by: str)")], "the answer of note has no type"),
    (
        "optional_contracts_may_be_absent",
        [
            (TOP, "    needs=", "    wants=(Jobs,),\n    needs="),
            (
                TOP,
                "from newel.contracts.database",
                "from newel.contracts.jobs import Jobs\nfrom newel.contracts.database",
            ),
            (PLUGIN, "        yield", "        self._app.need(Jobs)\n        yield"),
            (
                PLUGIN,
                "from newel.contracts.database",
                "from newel.contracts.jobs import Jobs\nfrom newel.contracts.database",
            ),
        ],
        "with none of them of Jobs: ",
    ),
    (
        "loop_not_blocked",
        [(NOTES, "        await self._database", '        open("x")\n        await self._database')],
        "note calls open",
    ),
    (
        "loop_not_blocked",
        [(NOTES, "        await self._database", "        Path().read_text()\n        await self._database")],
        "note calls Path().read_text",
    ),
    (
        "hooks_keep_their_deadlines",
        [
            (PLUGIN, "    async def content_after_publish", "    def content_after_publish"),
            (PLUGIN, "        await self._notes.note(", "        time.sleep(1)\n        ("),
        ],
        "content_after_publish calls time.sleep",
    ),
    (
        "hooks_keep_their_deadlines",
        [(PLUGIN, "        await self._notes", "        await asyncio.sleep(60)\n        await self._notes")],
        "content_after_publish sleeps 60 s of its 30 s",
    ),
    ("surface_on_record", [("../tests/surface.txt", None, None)], "there is no surface.txt"),  # type: ignore[list-item]  # removed
    ("surface_on_record", [(NOTES, '"GET /{name}/notes"', '"GET /{name}/others"')], "+ operation "),
    (
        "upgrades_are_possible",
        [
            (
                TABLES,
                'Column("by", String(200), nullable=False),\n    )',
                'Column("by", String(99), nullable=False),\n    )',
            )
        ],
        "a step that has landed was changed",
    ),
    (
        "upgrades_are_possible",
        [("config.py", "longest: Annotated[int", "greatest: Annotated[int")],
        ".longest was integer and is gone",
    ),
    (
        "upgrades_are_possible",
        [(TABLES, 'STEPS = (Migration(number=1, name="notes", upgrade=_notes),)', "STEPS = ()")],
        "is 'gone'",
    ),
    ("docs_linked", [(TOP, "https://example.org/newel-{name}", "")], "docs='' is no address"),
    (
        "comes_and_goes",
        [(PLUGIN, "        yield", "        if self._app.ready():\n            raise OSError('late')\n        yield")],
        "OSError: late",
    ),
]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Subject]:
    """Writes the template under a name of its own, with edits; answers it as a subject."""

    def write(edits: list[Edit] = []) -> Subject:  # noqa: B006 - never changed
        name = f"quality{next(_numbers)}"
        folder = write_plugin(name, tmp_path)
        package = folder / f"newel_{name}"
        for file, old, new in edits:
            path = package / file.format(name=name)
            if old is None:
                path.unlink()
                continue
            text = path.read_text("utf-8")
            old, new = old.replace("{name}", name), new.replace("{name}", name)
            assert not old or old in text, f"{file} has no {old!r}"
            path.write_text(text.replace(old, new, -1 if "tests" in file else 1) if old else new, "utf-8")
        monkeypatch.syspath_prepend(str(folder))
        importlib.invalidate_caches()
        manifest = importlib.import_module(f"newel_{name}").manifest
        assert isinstance(manifest, Manifest)
        return Subject(manifest, folder / "tests", {}, ())

    return write


def test_the_template_is_gold(written: Callable[..., Subject]) -> None:
    subject = written()
    assert faults_of(subject.manifest, "gold", tests=subject.tests) == []


@pytest.mark.parametrize(("name", "edits", "told"), BAD, ids=[f"{number} {one[0]}" for number, one in enumerate(BAD)])
def test_a_bad_plugin_is_found(name: str, edits: list[Edit], told: str, written: Callable[..., Subject]) -> None:
    faults = BY_NAME[name].faults(written(edits))
    assert any(told in fault for fault in faults), faults


def test_every_rule_has_a_bad_plugin_a_text_and_a_remedy() -> None:
    assert {one[0] for one in BAD} == set(BY_NAME)
    for one in RULES:
        assert one.text.endswith("."), one.name
        assert len(one.remedy) > 20, one.name
    assert [one.level for one in RULES] == sorted((one.level for one in RULES), key=LEVELS.index)


def test_the_message_names_rule_level_and_remedy(written: Callable[..., Subject]) -> None:
    subject = written([(TOP, "https://example.org/newel-{name}", ""), (NOTES, "needs=WRITE", "needs=PUBLIC"),
                       (NOTES, "import Call", "import PUBLIC, Call")])  # fmt: skip
    with pytest.raises(AssertionError) as caught:
        assert_good_plugin(subject.manifest, "gold", tests=subject.tests)
    said = str(caught.value)
    assert f"plugin '{subject.manifest.name}' is not gold:" in said
    assert "docs_linked (gold): docs='' is no address\n    remedy: Manifest(docs='https://...')" in said
    assert "permissions_given (silver)" in said
    assert_good_plugin(subject.manifest, "bronze", tests=subject.tests)


def test_exemptions_have_reasons_and_go_when_they_are_not_needed(written: Callable[..., Subject]) -> None:
    subject = written([(TOP, "https://example.org/newel-{name}", "")])
    why = {"docs_linked": "its README is all there is"}
    assert faults_of(subject.manifest, tests=subject.tests, exempt=why) == []
    healed = evolve(subject.manifest, docs="https://example.org")
    assert faults_of(healed, tests=subject.tests, exempt=why) == [
        "docs_linked (gold): it holds, so take its exemption out"
    ]
    with pytest.raises(ValueError, match="there is no rule 'docs_link'; the rules: manifest_sound"):
        faults_of(healed, tests=subject.tests, exempt={"docs_link": "x"})
    with pytest.raises(ValueError, match="the exemption of 'typed' gives no reason"):
        faults_of(healed, tests=subject.tests, exempt={"typed": " "})


def test_the_record_is_written_on_demand_and_keeps_what_has_landed(
    written: Callable[..., Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = written([(TABLES, 'Column("by", String(200), nullable=False),\n    )', 'Column("by", String(9)),\n    )'),
                       (NOTES, '"GET /{name}/notes"', '"GET /{name}/others"')])  # fmt: skip
    monkeypatch.setenv("NEWEL_SURFACE", "write")
    faults = faults_of(subject.manifest, tests=subject.tests)
    assert ["a step that has landed was changed" in fault for fault in faults] == [False, True], faults
    assert subject.tests is not None
    assert "/others" in (subject.tests / "surface.txt").read_text("utf-8")

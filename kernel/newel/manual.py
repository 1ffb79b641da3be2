"""Manual pages made of click's commands: ``newel.1``, and one for each command on top with all below it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import cleandoc

import click

from newel.cli.output import clean
from newel.versions import VERSION

CODES = (
    ("0", "done"), ("1", "failed"), ("2", "wrong usage or input"), ("3", "done in part"), ("4", "conflict"),
    ("5", "not found"), ("6", "not allowed"),
)  # fmt: skip
VARIABLES = (
    ("NEWEL_SITE", "The folder of the site, where --site does not name it."),
    ("NEWEL__SECTION__KEY", "Sets a value of the configuration: NEWEL__HTTP__PORT=8420."),
    ("NO_COLOR", "No colours."),
)
FILES = (
    ("newel.toml", "The configuration, in the site's folder."),
    ("data/", "What the site keeps: its database, files and keys."),
    ("plugins/", "Plugins of your own."),
)


def pages(ctx: click.Context) -> dict[str, str]:
    """The pages by file name, in roff with the man macros; ``ctx`` is that of ``newel`` itself."""
    root = ctx.command
    assert isinstance(root, click.Group)  # noqa: S101 - newel has commands
    commands = {name: found for name in root.list_commands(ctx) if (found := root.get_command(ctx, name)) is not None}
    made = {"newel.1": _lines(_whole(root, ctx, commands))}
    for name, command in commands.items():
        inner = click.Context(command, parent=ctx, info_name=name)
        made[f"newel-{name}.1"] = _lines(_page(f"newel-{name}", command, inner))
    return made


def _lines(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _whole(root: click.Group, ctx: click.Context, commands: dict[str, click.Command]) -> Iterator[str]:
    yield from _head("newel", _first(root))
    yield from (".SH SYNOPSIS", ".B newel", _text("[OPTIONS] COMMAND [ARGS]..."))
    yield from (".SH DESCRIPTION", *_prose(root.help or ""))
    yield ".SH OPTIONS"
    yield from _options(root, ctx)
    yield ".SH COMMANDS"
    for name, command in commands.items():
        yield from (".TP", f".BR newel\\-{_text(name)} (1)", _text(_first(command)))
    for title, rows in (("EXIT STATUS", CODES), ("ENVIRONMENT", VARIABLES), ("FILES", FILES)):
        yield f".SH {_quoted(title)}"
        for word, told in rows:
            yield from (".TP", f".B {_text(word)}", _text(told))


def _page(title: str, command: click.Command, ctx: click.Context) -> Iterator[str]:
    yield from _head(title, _first(command))
    yield ".SH SYNOPSIS"
    for path, inner, at in _all(command, ctx):
        usage = " ".join(inner.collect_usage_pieces(at))
        yield from (f".B {_text(path)}", _text(usage), ".br")
    yield "\\&"
    yield from (".SH DESCRIPTION", *_prose(command.help or ""))
    yield from _section(".SH OPTIONS", command, ctx)
    if isinstance(command, click.Group):
        yield ".SH COMMANDS"
        for path, inner, at in _all(command, ctx):
            if inner is not command:
                yield from (f".SS {_quoted(path)}", *_prose(inner.help or ""), *_options(inner, at))
    yield from (".SH SEE ALSO", ".BR newel (1)")


def _all(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    """The command and those below it, each with its path and context; groups only where they stand on top."""
    if not isinstance(command, click.Group):
        yield ctx.command_path, command, ctx
        return
    for name in command.list_commands(ctx):
        inner = command.get_command(ctx, name)
        if inner is not None and not inner.hidden:
            yield from _all(inner, click.Context(inner, parent=ctx, info_name=name))


def _section(title: str, command: click.Command, ctx: click.Context) -> Iterator[str]:
    if found := list(_options(command, ctx)):
        yield from (title, *found)


def _options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    for one in command.get_params(ctx):
        if (record := one.get_help_record(ctx)) is not None and record[1]:
            yield from (".TP", f".B {_text(record[0])}", _text(record[1]))


def _head(title: str, about: str) -> Iterator[str]:
    # Of a build that can be repeated; where nobody says, of today.
    made = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()), UTC)
    yield f'.TH "{_text(title.upper())}" 1 "{made:%Y-%m-%d}" "Newel {VERSION}" "Newel"'
    yield from (".SH NAME", f"{_text(title)} \\- {_text(about.rstrip('.'))}")


def _first(command: click.Command) -> str:
    return " ".join(command.get_short_help_str(200).split())


def _prose(text: str) -> Iterator[str]:
    """Paragraphs. click marks one that is not to be wrapped with a backspace."""
    for number, part in enumerate(re.split(r"\n\s*\n", cleandoc(text.replace("\f", "")))):
        if number:
            yield ".PP"
        if part.startswith("\b"):
            yield from (".nf", *(_text(line) for line in part.splitlines()[1:]), ".fi")
        elif part:
            yield _text(" ".join(part.split()))


def _text(text: str) -> str:
    """Text that roff takes for text: no escape, no request, and hyphens that can be copied."""
    told = clean(text).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{told}" if told.startswith((".", "'")) else told


def _quoted(text: str) -> str:
    return '"' + _text(text).replace('"', "\\(dq") + '"'

"""Operations as commands: ``content publish post 01J... --locale de``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import click
from attrs import NOTHING, evolve, fields

from newel.bounds import FromText, sentence_of
from newel.commands.planned import Planned
from newel.contracts.idempotency import Kept
from newel.secrets import Secret

if TYPE_CHECKING:
    from newel.commands.console import Console
    from newel.operations import Operation

AS_JSON, KEY, PERSON = "_as_json", "_key", "_person"  # an input may well have a field "key"
_OURS = (AS_JSON, KEY, PERSON)


def words_of(one: Operation) -> list[str]:
    """``content.publish`` is ``content publish``, and ``ssh.keys.add`` is ``ssh keys add``."""
    return [part.replace("_", "-") for part in one.name.split(".")]


def add_operations(group: click.Group, operations: Iterable[Operation], *, asks: bool) -> None:
    """Adds the commands of operations to the group of their first name, unless something has their name there.

    ``asks``: as of ``OperationCommand``.
    """
    for one in operations:
        *between, verb = words_of(one)[1:]
        place = _below(group, between)
        if place is not None and verb not in place.commands:
            place.add_command(OperationCommand(one, asks=asks))


def _below(group: click.Group, names: Sequence[str]) -> click.Group | None:
    """The group inside a group, made where it is missing; ``None`` where a command has the name."""
    for name in names:
        inner = group.commands.get(name)
        if inner is None:
            inner = click.Group(name, help=f"Commands of {name}.", no_args_is_help=True)
            group.add_command(inner)
        if not isinstance(inner, click.Group):
            return None
        group = inner
    return group


class OperationCommand(click.Command):
    """The command of one operation. ``asks``: for those at this machine. Secrets that are missing are asked for at the
    terminal, and ``--as`` does it in the name of an account; otherwise secrets are read from standard input, a line
    each, and nobody can be somebody else.

    ``-`` reads a value from standard input, ``@file`` from a file; the field's type parses the text.
    """

    def __init__(self, one: Operation, *, asks: bool) -> None:
        self.operation = one
        gone = False if one.deprecated is None else one.deprecated.told("This")
        self._secrets: list[str] = []
        super().__init__(
            words_of(one)[-1], params=self._parameters(one, asks=asks), callback=self._carry_out, help=one.doc,
            short_help=one.summary, deprecated=gone,
        )  # fmt: skip

    def planned(self, given: Mapping[str, Any]) -> Planned:
        """``given``: the values of the parameters by name; ``None`` where one was left out."""
        one = self.operation
        values = {name: value for name, value in given.items() if value is not None and name not in _OURS}
        missing = [name for name in self._secrets if name not in values]

        async def run(console: Console) -> int:
            data = {name: await _value(console, value) for name, value in values.items()}
            data |= await _secrets(console, missing)
            call = evolve(console.call, idempotency_key=given.get(KEY))
            answer = await console.app.operations.run(one.name, data, call)
            plain = answer.answer if isinstance(answer, Kept) else console.app.structurer.unstructure(answer, show=True)
            await console.show(plain, as_json=bool(given.get(AS_JSON)))
            return 0

        return Planned(
            name=" ".join(words_of(one)), operation=one.name, run=run,
            stdin="-" in values.values() or bool(missing), person=given.get(PERSON),
            warning="" if one.deprecated is None else one.deprecated.told(one.name),
        )  # fmt: skip

    def _carry_out(self, **given: Any) -> Any:
        return click.get_current_context().obj.carry_out(self.planned(given))

    def _parameters(self, one: Operation, *, asks: bool) -> list[click.Parameter]:
        hints = get_type_hints(one.input, include_extras=True)
        parameters: list[click.Parameter] = []
        for field in fields(one.input):
            hint = hints[field.name]
            if field.name in one.path_fields:
                parameters.append(click.Argument([field.name]))
                continue
            secret = Secret in (get_origin(part) or part for part in (hint, *get_args(hint)))
            required = field.default is NOTHING
            option = f"--{field.name.replace('_', '-')}"
            details: dict[str, Any] = {"help": sentence_of(hint)}
            if bool in (hint, *get_args(hint)[:1]):
                option = f"{option}/--no-{field.name.replace('_', '-')}"
                details["default"] = None  # neither given: the field's own default
            elif secret and required:
                details |= {"prompt": True, "hide_input": True} if asks else {}
                self._secrets.append(field.name)
            parameters.append(click.Option([option, field.name], required=required and not secret, **details))
        parameters.append(click.Option(["--json", AS_JSON], is_flag=True, help="Print the answer as JSON."))
        if asks:
            parameters.append(click.Option(["--as", PERSON], metavar="EMAIL", help="With the rights of this account."))
        if one.effect == "write":
            parameters.append(click.Option(["--idempotency-key", KEY], help="The same key again does nothing twice."))
        return parameters


async def _value(console: Console, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value == "-":
        return FromText(await console.text())
    if value.startswith("@"):
        return FromText(await console.file(value[1:]))
    return FromText(value)


async def _secrets(console: Console, missing: list[str]) -> dict[str, FromText]:
    if not missing:
        return {}
    given = (await console.text()).split("\n")
    return {name: FromText(line.removesuffix("\r")) for name, line in zip(missing, given, strict=False) if line}

"""``newel audit show``, ``verify`` and ``export``: what the command made of an operation would not do well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from newel import FromText
from newel.cli.output import clean
from newel.commands.planned import remote
from newel.contracts.audit import Audit
from newel.errors import Reject
from newel.structure import rfc3339
from newel_audit.exporting import Format, lines
from newel_audit.permissions import AUDIT_READ, AUDIT_VERIFY

if TYPE_CHECKING:
    from newel.commands.console import Console
    from newel_audit.store import Store

PIECE = 1 << 18
"""Characters that are written at once."""


def _day(_: click.Context, __: click.Parameter, given: str | None) -> str:
    """A day, or a moment's day, in UTC."""
    if given is None:
        return ""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise click.BadParameter("expected a day such as 2030-01-31, or an RFC 3339 date and time") from None
    return rfc3339(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))[:10]


async def _run(console: Console, verb: str, order: dict[str, Any]) -> Any:
    return await console.app.operations.run(verb, order, console.call)


def group(store: Store) -> click.Group:
    """The commands; those of operations are added to them."""

    @click.group("audit", no_args_is_help=True)
    def audit() -> None:
        """The audit trail."""

    @audit.command("show")
    @click.argument("id")
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @remote(needs=AUDIT_READ)
    async def show_row(console: Console, id: str, as_json: bool) -> None:
        """Show one row of the audit trail."""
        answer = await _run(console, "audit.get", {"id": id})
        await console.show(console.app.structurer.unstructure(answer), as_json=as_json)

    @audit.command()
    @click.option("--since", callback=_day, metavar="DAY", help="Only from this day on (UTC).")
    @click.option("--until", callback=_day, metavar="DAY", help="Only before this day.")
    @click.option("--against", metavar="JSON", help="Marks of an earlier answer; @FILE reads them from its JSON.")
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @remote(needs=AUDIT_VERIFY)
    async def verify(console: Console, since: str, until: str, against: str | None, as_json: bool) -> int:
        """Verify the audit trail.

        Exit code 0: nothing was removed, changed, added or turned back; 1: something was.
        """
        order: dict[str, Any] = {"since": since or None, "until": until or None}
        if against is not None:
            order["against"] = FromText(await _marks(console, against))
        verdict = await _run(console, "audit.verify", order)
        if as_json:
            await console.show(console.app.structurer.unstructure(verdict), as_json=True)
            return 0 if verdict.whole else 1
        for one in verdict.findings:
            place = "/".join(str(part) for part in (one.day, one.stripe, one.seq) if part is not None)
            about = f" ({clean(one.id)})" if one.id else ""
            await console.say(f"{clean(place)}  {one.kind}: {clean(one.detail)}{about}")
        if verdict.found > len(verdict.findings):
            await console.say(f"and {verdict.found - len(verdict.findings)} more")
        await console.say(
            f"{'whole' if verdict.whole else 'NOT WHOLE'}: {verdict.rows} rows of {verdict.days} days, "
            f"{verdict.pruned} pruned, {verdict.unchained} unchained"
        )
        return 0 if verdict.whole else 1

    @audit.command()
    @click.argument("file", default="-")
    @click.option("--format", "format", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True)
    @click.option("--since", callback=_day, metavar="DAY", help="Only from this day on (UTC).")
    @click.option("--until", callback=_day, metavar="DAY", help="Only before this day.")
    @remote(needs=AUDIT_READ)
    async def export(console: Console, file: str, format: Format, since: str, until: str) -> None:
        """Write the audit trail to FILE (which must be new) or, with -, to standard output.

        Whole days, with what is needed to verify them elsewhere: contrib/verify_audit.py, and the key file.
        """
        if file != "-" and console.far:
            raise Reject("the file would be one of the server: leave FILE out, and take standard output")
        await console.app.need(Audit).note(console.call, "audit.export", "done", f"{format} {since}..{until}")
        found = lines(store, format, rfc3339(console.app.clock.now()), since, until)
        if file == "-":
            await _write(console.out, found)
            return
        try:
            stream = await asyncio.to_thread(_opened, file)
        except OSError as error:
            raise click.ClickException(f"cannot write {file}: {error.strerror}") from None
        try:
            await _write(lambda text: asyncio.to_thread(stream.write, text), found)
        finally:
            await asyncio.to_thread(stream.close)

    return audit


async def _write(write: Callable[[str], Awaitable[Any]], found: AsyncIterator[str]) -> None:
    """In pieces: a disk, a pipe or a line may be slow."""
    piece: list[str] = []
    size = 0
    async with aclosing(cast(Any, found)) as texts:
        async for line in texts:
            piece.append(line)
            size += len(line)
            if size >= PIECE:
                await write("".join(piece))
                piece, size = [], 0
    await write("".join(piece))


def _opened(file: str) -> TextIO:
    return Path(file).open("x", encoding="utf-8", newline="")


async def _marks(console: Console, text: str) -> str:
    """The marks as JSON, from themselves or from an answer that holds them."""
    if text.startswith("@"):
        text = await console.file(text[1:])
    try:
        found = json.loads(text)
    except ValueError:
        raise click.UsageError("--against takes JSON") from None
    return json.dumps(found.get("marks") if isinstance(found, dict) else found)

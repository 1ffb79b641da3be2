"""``newel audit show``, ``verify`` and ``export``: what the command made of an operation would not do well."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from newel import FromText
from newel.cli.operations import operator
from newel.cli.output import clean, show
from newel.structure import rfc3339
from newel_audit.exporting import Format, lines

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
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


async def _run(app: App, verb: str, order: dict[str, Any]) -> Any:
    async with app.running():
        answer = await app.operations.run(verb, order, app.call(operator(), "cli"))
        await app.settle()
    return answer


def group(app: App, store: Store) -> click.Group:
    """The commands; those of operations are added to them."""

    @click.group("audit", no_args_is_help=True)
    def audit() -> None:
        """The audit trail."""

    @audit.command("show")
    @click.argument("id")
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @click.pass_obj
    def show_row(site: Site, id: str, as_json: bool) -> None:
        """Show one row of the audit trail."""
        answer = site.run(_run(app, "audit.get", {"id": id}))
        show(app.structurer.unstructure(answer), as_json=as_json)

    @audit.command()
    @click.option("--since", callback=_day, metavar="DAY", help="Only from this day on (UTC).")
    @click.option("--until", callback=_day, metavar="DAY", help="Only before this day.")
    @click.option("--against", metavar="JSON", help="Marks of an earlier answer; @FILE reads them from its JSON.")
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @click.pass_obj
    def verify(site: Site, since: str, until: str, against: str | None, as_json: bool) -> int:
        """Verify the audit trail.

        Exit code 0: nothing was removed, changed, added or turned back; 1: something was.
        """
        order: dict[str, Any] = {"since": since or None, "until": until or None}
        if against is not None:
            order["against"] = FromText(_marks(against))
        verdict = site.run(_run(app, "audit.verify", order))
        if as_json:
            show(app.structurer.unstructure(verdict), as_json=True)
        else:
            for one in verdict.findings:
                place = "/".join(str(part) for part in (one.day, one.stripe, one.seq) if part is not None)
                click.echo(f"{clean(place)}  {one.kind}: {clean(one.detail)}{f' ({clean(one.id)})' if one.id else ''}")
            if verdict.found > len(verdict.findings):
                click.echo(f"and {verdict.found - len(verdict.findings)} more")
            click.echo(
                f"{'whole' if verdict.whole else 'NOT WHOLE'}: {verdict.rows} rows of {verdict.days} days, "
                f"{verdict.pruned} pruned, {verdict.unchained} unchained"
            )
        return 0 if verdict.whole else 1

    @audit.command()
    @click.argument("file", default="-")
    @click.option("--format", "format", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True)
    @click.option("--since", callback=_day, metavar="DAY", help="Only from this day on (UTC).")
    @click.option("--until", callback=_day, metavar="DAY", help="Only before this day.")
    @click.pass_obj
    def export(site: Site, file: str, format: Format, since: str, until: str) -> None:
        """Write the audit trail to FILE (which must be new) or, with -, to standard output.

        Whole days, with what is needed to verify them elsewhere: contrib/verify_audit.py, and the key file.
        """
        site.run(_export(app, store, file, format, since, until))

    return audit


async def _export(app: App, store: Store, file: str, format: Format, since: str, until: str) -> None:
    from newel.contracts.audit import Audit

    async with app.running():
        call = app.call(operator(), "cli")
        await app.need(Audit).note(call, "audit.export", "done", f"{format} {since}..{until}")
        try:
            stream = sys.stdout if file == "-" else await asyncio.to_thread(_opened, file)
        except OSError as error:
            raise click.ClickException(f"cannot write {file}: {error.strerror}") from None
        try:
            await _write(stream, lines(store, format, rfc3339(app.clock.now()), since, until))
        finally:
            if stream is not sys.stdout:
                await asyncio.to_thread(stream.close)


async def _write(stream: TextIO, found: AsyncIterator[str]) -> None:
    """In pieces, on a thread: a disk or a pipe may be slow."""
    piece: list[str] = []
    size = 0
    async with aclosing(cast(Any, found)) as texts:
        async for line in texts:
            piece.append(line)
            size += len(line)
            if size >= PIECE:
                await asyncio.to_thread(stream.write, "".join(piece))
                piece, size = [], 0
    await asyncio.to_thread(stream.write, "".join(piece))
    await asyncio.to_thread(stream.flush)


def _opened(file: str) -> TextIO:
    return Path(file).open("x", encoding="utf-8", newline="")


def _marks(text: str) -> str:
    """The marks as JSON, from themselves or from an answer that holds them."""
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"cannot read {text[1:]}: {error}") from None
    try:
        found = json.loads(text)
    except ValueError:
        raise click.UsageError("--against takes JSON") from None
    return json.dumps(found.get("marks") if isinstance(found, dict) else found)

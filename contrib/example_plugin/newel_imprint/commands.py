"""Commands that are no operations: they need no site that runs. ``published`` joins them, being an operation."""

from __future__ import annotations

import click

from newel import Fault, Reject
from newel_imprint.isbn import normalized


@click.group(no_args_is_help=True)
def imprint() -> None:
    """ISBNs and publications."""


@imprint.command()
@click.argument("isbns", nargs=-1, required=True)
def check(isbns: tuple[str, ...]) -> None:
    """Check ISBNs, and print each with its thirteen digits.

    Exit code 2 at the first that is none.
    """
    for isbn in isbns:
        try:
            click.echo(normalized(isbn))
        except Fault as fault:
            raise Reject(f"{isbn!r}: {fault}") from None

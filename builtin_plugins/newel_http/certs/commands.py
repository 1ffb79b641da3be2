"""``newel cert generate|check``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newel.cli.output import clean, show
from newel.config import mistakes
from newel.errors import BootError, Conflict, Reject
from newel_http.config import ANYWHERE, HttpConfig

if TYPE_CHECKING:
    from newel.cli.site import Site

HERE = ("localhost", "127.0.0.1", "::1")
CERTIFICATE, KEY, AUTHORITY, AUTHORITY_KEY = "newel.pem", "newel-key.pem", "ca.pem", "ca-key.pem"
PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})")


@click.group(no_args_is_help=True)
def cert() -> None:
    """Make and check certificates for TLS."""


@cert.command()
@click.option("--name", "names", multiple=True, help="A host's name or address it is for; may be repeated.")
@click.option("--days", type=click.IntRange(1, 825), default=365, show_default=True, help="How long it is good.")
@click.option("--ca", is_flag=True, help="Sign it with an authority of your own, made where there is none.")
@click.option("--dir", "folder", default="certs", show_default=True, help="Where to, relative to the site folder.")
@click.option("--yes", is_flag=True, help="Replace what is there; with --ca the authority stays.")
@click.pass_obj
def generate(site: Site, names: tuple[str, ...], days: int, ca: bool, folder: str, yes: bool) -> None:
    """Make a certificate and its key, for tests and networks of your own. Without --name it is for this machine."""
    making = _needed("making")
    place = site.folder / folder
    wanted = names or _names(site)
    making.checked(wanted)
    files = [place / CERTIFICATE, place / KEY]
    there = [one.name for one in files if one.exists()]
    if there and not yes:
        raise Conflict(f"{', '.join(there)} is in {place} already; --yes replaces it")
    try:
        if ca:
            above, above_key = place / AUTHORITY, place / AUTHORITY_KEY
            if above.exists() != above_key.exists():
                kept, gone = (above, above_key) if above.exists() else (above_key, above)
                raise Conflict(f"{kept} is there without {gone.name}: put that beside it, or name another --dir")
            if not above.exists():
                made, made_key = making.authority(wanted[0])
                making.write(above, made)
                making.write(above_key, made_key)
            certificate, key = making.signed(wanted, days, above.read_bytes(), above_key.read_bytes())
        else:
            certificate, key = making.self_signed(wanted, days)
        making.write(files[1], key)
        making.write(files[0], certificate)
    except OSError as error:
        raise BootError(f"cannot write into {place}: {error.strerror}") from None
    report = _needed("checking").of_file(place, CERTIFICATE, "", None)
    click.echo(f"wrote {files[0]} and {files[1]}\nnames        {report.facts['names']}")
    click.echo(f"expires      {report.facts['expires']}\nfingerprint  {report.facts['fingerprint']}\n")
    click.echo(
        f'serve it with, in newel.toml:\n  [http]\n  certificate = "{folder}/{CERTIFICATE}"\n  key = "{folder}/{KEY}"\n'
    )
    root = place / AUTHORITY if ca else files[0]
    click.echo(f"clients do not trust it by themselves: curl --cacert {root} ..., or, for a whole machine (Debian),\n"
               f"  cp {root} /usr/local/share/ca-certificates/newel.crt && update-ca-certificates")  # fmt: skip


@cert.command()
@click.argument("what", required=False, metavar="[FILE|HOST:PORT]")
@click.option("--key", default="", help="The file of its key, to see whether it belongs to it.")
@click.option("--name", help="A host's name it has to be for.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def check(site: Site, what: str | None, key: str, name: str | None, as_json: bool) -> int:
    """Look at a certificate: names, end, chain, key. Without an argument, at that of this site.

    Exit code 0: it is good; 1: it is not; 3: it is, but there is something to do; 5: there is none.
    """
    checking = _needed("checking")
    if (found := PLACE.fullmatch(what or "")) is not None and not Path(what or "").exists():
        report = checking.of_server(found[1] or found[2], int(found[3]), name)
    elif what is not None:
        report = checking.of_file(Path(), what, key, name)
    else:
        values = _values(site)
        certificate = str(values.get("certificate", ""))
        if not certificate:
            raise Reject("http.certificate is not set: name a FILE or HOST:PORT")
        report = checking.of_file(site.folder, certificate, key or str(values.get("key", "")), name)
    if as_json:
        show({**report.facts, "errors": report.errors, "warnings": report.warnings}, as_json=True)
        return int(report.code)
    for label, text in report.facts.items():
        click.echo(f"{label:<12} {clean(text)}")
    for kind, told in (("error", report.errors), ("warning", report.warnings)):
        for text in told:
            click.echo(f"{kind}: {clean(text)}")
    return int(report.code)


def _needed(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"newel_http.certs.{module}")
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "cryptography":
            raise
        raise BootError("newel cert needs the package cryptography: pip install 'newel[cert]'") from None


def _values(site: Site) -> dict[str, Any]:
    layers = site.layers()
    faults = [*layers.faults, *layers.fill("http", HttpConfig, site.folder)]
    if faults:
        raise Reject(mistakes(faults))
    return dict(layers.values.get("http", {}))


def _names(site: Site) -> tuple[str, ...]:
    """This machine, and the address that the site listens on."""
    host = str(_values(site).get("host", HttpConfig().host))
    return HERE if host in ANYWHERE or host in HERE else (host, *HERE)

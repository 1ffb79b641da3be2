"""``python -m newel_deploy VERB [HOST]``: the recipes deploy, deploy-plan, deploy-status and so on."""

from __future__ import annotations

import argparse
import getpass
import os
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from newel_deploy.bundle import Bundle
from newel_deploy.link import send
from newel_deploy.profile import PREFIX, Profile, Wrong, read

VERBS = {
    "deploy": "put the wheel on the server, and take it back where it does not answer",
    "plan": "say what deploy would do",
    "status": "the present release, the service, health, all releases",
    "rollback": "back to the release before, or to the one named",
    "history": "what was deployed when, and how that ended",
    "logs": "the last lines of what the site said",
    "health": "ask /readyz on the server, once",
    "prune": "remove old releases",
}
# The far end needs none of these.
OURS = ("host", "port", "key", "known_hosts", "wheels")


def main(arguments: list[str] | None = None) -> int:
    """Answers the exit code: 0, 1 nothing was changed, 2 usage, 3 rolled back, 4 another is at it, 5 no such release,
    7 nobody serves, 255 no connection."""
    options = _parser().parse_args(arguments)
    try:
        profile = read(options.host, os.environ, Path(options.file))
        order, bundle = _order(options, profile)
    except Wrong as wrong:
        print(f"deploy: {wrong}", file=sys.stderr)
        return 2
    code = send(profile, order, bundle.pieces() if bundle and options.verb == "deploy" else ())
    # A client that was killed has a negative one.
    return code if code >= 0 else 128 - code


def _order(options: argparse.Namespace, profile: Profile) -> tuple[dict[str, Any], Bundle | None]:
    order = {name: value for name, value in asdict(profile).items() if name not in OURS}
    order |= {
        "verb": options.verb,
        "by": f"{getpass.getuser()}@{socket.gethostname()}",
        "offline": bool(profile.wheels),
    }
    for name in ("release", "restore", "no_backup", "lines"):
        order[name] = getattr(options, name, None)
    # The interpreter that runs the far end makes the venv, unless uv is to find it.
    order["python"] = profile.python if profile.uv else ""
    if getattr(options, "keep", None):
        order["keep"] = options.keep
    if options.verb not in ("deploy", "plan"):
        return order, None
    wheel = Path(options.wheel) if options.wheel else _newest()
    bundle = Bundle(wheel, Path(options.lock), Path(profile.wheels) if profile.wheels else None)
    order |= {"release": bundle.name, "files": bundle.files}
    return order, bundle


def _newest() -> Path:
    wheels = sorted(Path("dist").glob("newel-*.whl"), key=lambda one: one.stat().st_mtime)
    if not wheels:
        raise Wrong("there is no wheel in dist/: ./just wheel")
    return wheels[-1]


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("1 to 1000")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deploy", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--file", default=os.environ.get(f"{PREFIX}FILE", "deploy.toml"), help="the profiles (deploy.toml)"
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        verb.add_argument("host", nargs="?", default="", help=f"a profile, or [user@]host; {PREFIX}HOST")
        if name in ("deploy", "plan"):
            verb.add_argument("--wheel", default=os.environ.get(f"{PREFIX}WHEEL", ""), help="the newest in dist/")
            verb.add_argument("--lock", default=os.environ.get(f"{PREFIX}LOCK", "requirements-full.lock"))
            verb.add_argument("--no-backup", action="store_true", help="go on without a backup of before")
        if name == "rollback":
            verb.add_argument("release", nargs="?", default="", help="the one before the present one")
            verb.add_argument(
                "--restore", action="store_true", help="its rows and files, too, where it cannot read the present ones"
            )
            verb.add_argument("--no-backup", action="store_true", help="go on without a backup of the present")
        if name in ("history", "logs"):
            verb.add_argument("-n", "--lines", type=_count, default=50)
        if name == "prune":
            verb.add_argument("--keep", type=_count, help="how many stay (5)")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Every door decides alike: one table of who may do what is run through HTTP, SSH, the terminal admin and the CLI."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import asyncssh
import pytest
from attrs import frozen
from click.testing import CliRunner
from tests.builtin_plugins.tui.support import Someone

from newel import Secret
from newel.app import App
from newel.cli import newel
from newel.cli.local import LocalConsole, carried
from newel.cli.operations import operator
from newel.cli.site import Site
from newel.commands.operations import words_of
from newel.commands.outcome import exit_code
from newel.commands.performing import perform
from newel.commands.planned import Planned
from newel.contracts.accounts import Accounts
from newel.errors import NewelError
from newel.operations import Operation
from newel.testing import Client, make_app
from newel_tui.gateway.local import Catalogue, LocalGateway

PLUGINS = (
    "database", "migrations", "audit", "accounts", "content", "http", "tui", "ssh", "media", "images", "blobs_local",
    "jobs", "site", "plugins_admin", "lua", "storage", "db", "delivery", "egress", "idempotency", "ratelimit",
)  # fmt: skip
pytestmark = [
    pytest.mark.engines("sqlite"),  # decisions are made before an engine is asked, and accounts are tried on each
    pytest.mark.needs_plugin(*PLUGINS),
    pytest.mark.slow,
]

NOBODY = "01J00000000000000000000000"
DONE, INVALID, CONFLICT, MISSING, DENIED = 0, 2, 4, 5, 6
CODES = {400: INVALID, 401: DENIED, 403: DENIED, 404: MISSING, 409: CONFLICT, 412: CONFLICT, 422: INVALID}
PEOPLE = ("viewer", "editor", "keeper", "admin")
KEEPER = ("users.manage", "audit.read")
"""What the role that no plugin knows of may do."""

ANYBODY = ("anonymous", *PEOPLE)
READERS = ("viewer", "editor", "admin")
WRITERS = ("editor", "admin")
KEEPERS = ("keeper", "admin")
ADMIN = ("admin",)

Row = tuple[str, Mapping[str, Any], tuple[str, ...], int]
TABLE: tuple[Row, ...] = (
    # operation, input, who may, and how it ends for them; everybody else is denied
    ("auth.login", {"email": "n" * 400}, ANYBODY, INVALID),
    ("auth.me", {}, PEOPLE, DONE),
    ("users.list", {}, ADMIN, DONE),
    ("users.get", {"id": NOBODY}, ADMIN, MISSING),
    ("users.create", {"email": "no address"}, KEEPERS, INVALID),
    ("users.update", {"id": "ADMIN", "name": "Admin"}, ADMIN, DONE),
    ("users.delete", {"id": NOBODY}, KEEPERS, MISSING),
    ("roles.list", {}, ADMIN, DONE),
    ("roles.create", {"name": "No Name"}, ADMIN, INVALID),
    ("roles.delete", {"name": "nonesuch"}, ADMIN, MISSING),
    ("permissions.list", {}, PEOPLE, DONE),
    ("tokens.list", {"user": "ADMIN"}, ADMIN, DONE),
    ("tokens.create", {"user": "ADMIN", "scopes": ["nonesuch"]}, ADMIN, INVALID),
    ("tokens.revoke", {"id": NOBODY}, PEOPLE, MISSING),
    ("ssh.keys.list", {"user": "ADMIN"}, ADMIN, DONE),
    ("ssh.keys.add", {"key": "rubbish"}, PEOPLE, INVALID),
    ("ssh.keys.remove", {"id": NOBODY}, PEOPLE, MISSING),
    ("ssh.status", {}, ADMIN, DONE),
    ("ssh.sessions.end", {"id": NOBODY}, ADMIN, MISSING),
    ("audit.list", {"limit": 1}, KEEPERS, DONE),
    ("audit.get", {"id": NOBODY}, KEEPERS, MISSING),
    ("audit.prune", {"keep_days": 9000, "dry_run": True}, ADMIN, DONE),
    ("types.list", {}, READERS, DONE),
    ("types.create", {"name": "No Name"}, ADMIN, INVALID),
    ("locales.delete", {"code": "xx"}, ADMIN, MISSING),
    ("content.list", {"type": "note", "status": "published"}, READERS, DONE),
    ("content.list", {"type": "note"}, WRITERS, DONE),
    ("content.get", {"type": "note", "id": NOBODY, "status": "published"}, READERS, MISSING),
    ("content.get", {"type": "note", "id": NOBODY}, WRITERS, MISSING),
    ("content.create", {"type": "nonesuch"}, WRITERS, MISSING),
    ("content.publish", {"type": "note", "id": NOBODY}, WRITERS, MISSING),
    ("content.purge", {"type": "note", "id": NOBODY, "confirm": True}, ADMIN, MISSING),
    ("media.list", {}, READERS, DONE),
    ("media.update", {"id": NOBODY, "title": "x"}, WRITERS, MISSING),
    ("media.health", {}, ADMIN, DONE),
    ("jobs.list", {}, ADMIN, DONE),
    ("jobs.cancel", {"id": NOBODY}, ADMIN, MISSING),
    ("site.overview", {}, READERS, DONE),
    ("site.health", {}, ADMIN, DONE),
    ("site.config.unset", {"path": "nonesuch.word"}, ADMIN, MISSING),
    ("plugins.list", {}, ADMIN, DONE),
    ("plugins.disable", {"name": "nonesuch"}, ADMIN, MISSING),
    ("lua.list", {}, WRITERS, DONE),
    ("lua.reload", {"name": "nonesuch"}, ADMIN, MISSING),
    ("storage.check", {}, ADMIN, DONE),
    ("db.size", {}, ADMIN, DONE),
    ("migrate.status", {}, ADMIN, DONE),
    ("egress.check", {"url": "https://8.8.8.8/"}, ADMIN, DONE),
)
BY_INPUT = {"tokens.list", "tokens.create", "ssh.keys.list", "users.update", "content.list", "content.get"}
"""Here the input decides as well, which nobody has given when the terminal admin offers them."""

OWN_WORDS: Mapping[str, list[str]] = {
    "plugins.list": ["plugins", "list"],
    "egress.check": ["egress", "check", "https://8.8.8.8/"],
}
"""Commands that are written by hand and stand for an operation: they decide alike and are called alike in the trail."""
OPERATOR = "operator"
"""Whoever runs commands at the machine. Others have ``--as``, which takes an account: nobody is anonymous there."""
NO_ACCOUNT = {(OPERATOR, "ssh.keys.add"): CONFLICT}
"""The operator may do what an admin may, but is nobody who could have a key."""

AS = {("cli", who) for who in PEOPLE}
"""Who stand there through ``--as``, which commands of operations have."""
BY_HAND = {*OWN_WORDS, "plugins.disable", "db.size", "migrate.status", "lua.reload"}
"""At the machine these are commands of their own, for its operator alone."""

Door = Callable[[Operation, Mapping[str, Any]], Awaitable[int]]
"""Runs an operation for one person, and answers its ending as an exit code."""


@frozen
class House:
    app: App
    ids: Mapping[str, str]
    doors: Mapping[tuple[str, str], Door]
    """By door and person."""
    desks: Mapping[str, LocalGateway]

    def given(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.ids["admin"] if value == "ADMIN" else value for name, value in params.items()}


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def words(one: Operation, params: Mapping[str, Any]) -> list[str]:
    """The command of an operation with that input."""
    if one.name in OWN_WORDS:
        return OWN_WORDS[one.name]
    found = [*words_of(one), *(text(params[name]) for name in one.path_fields)]
    for name, value in params.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            found.append(f"--{option}" if value else f"--no-{option}")
        elif name not in one.path_fields:
            found += [f"--{option}", text(value)]
    return found


def http(client: Client) -> Door:
    async def run(one: Operation, params: Mapping[str, Any]) -> int:
        rest = {name: value for name, value in params.items() if name not in one.path_fields}
        query = one.method in ("GET", "DELETE")
        sent = {"params": {name: text(value) for name, value in rest.items()}} if query else {"json": rest}
        answer = await client.request(one.method, f"/api/v1{one.path.format(**params)}", **sent)
        return DONE if answer.status < 300 else CODES[answer.status]

    return run


def ssh(connection: asyncssh.SSHClientConnection) -> Door:
    async def run(one: Operation, params: Mapping[str, Any]) -> int:
        ended = await connection.run(shlex.join(words(one, params)), stdin=asyncssh.DEVNULL)
        assert ended.exit_status is not None, "the line was cut"
        return ended.exit_status

    return run


def desk(gateway: LocalGateway) -> Door:
    async def run(one: Operation, params: Mapping[str, Any]) -> int:
        try:
            await gateway.run(one.name, params)
        except NewelError as error:
            return exit_code(error)
        return DONE

    return run


def cli(app: App) -> Door:
    async def run(one: Operation, params: Mapping[str, Any]) -> int:
        return await perform(words(one, params), LocalConsole(app, "\n"))

    return run


class Here(Site):
    """The site of the command line, whose application runs already: commands are only parsed."""

    def carry_out(self, planned: Planned) -> Any:
        return planned


def cli_as(app: App, email: str) -> Door:
    """As the command line parses it, with what it asks for at a terminal."""
    site = Here(app.folder)
    site._app = app

    def parsed(line: list[str]) -> Planned:
        with CliRunner().isolation(input="short\n"):
            planned = newel.main(line, prog_name="newel", standalone_mode=False, obj=site)
        assert isinstance(planned, Planned), line
        return planned

    async def run(one: Operation, params: Mapping[str, Any]) -> int:
        planned = await asyncio.to_thread(parsed, [*words(one, params), "--as", email])
        try:
            return await carried(planned, LocalConsole(app, ""))
        except NewelError as error:
            return exit_code(error)

    return run


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A site with one person of each role, who stands at each door."""
    config = {"ssh": {"port": 0, "connects_each": 1000}, "audit": {"denied_per_minute": 10_000},
              "ratelimit": {"groups": {"login": "off"}}}  # fmt: skip
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(make_app(PLUGINS, config, serving=True))
        first = Secret(next(told.split()[0] for label, told in app.notices if label == "token"))
        accounts, catalogue = app.need(Accounts), Catalogue(app)
        admin = await accounts.authenticate_token(first)
        assert admin is not None
        call = app.call(admin, "cli")
        run = app.operations.run
        await run("types.create", {"name": "note", "fields": [{"name": "title", "type": "text"}]}, call)
        await run("roles.create", {"name": "keeper", "permissions": list(KEEPER)}, call)
        client = await stack.enter_async_context(Client.of(app))
        doors: dict[tuple[str, str], Door] = {("http", "anonymous"): http(client), ("cli", OPERATOR): cli(app)}
        ids, desks = {"admin": admin.id}, {}
        for name in PEOPLE:
            if name != "admin":
                ids[name] = (await run("users.create", {"email": f"{name}@example.org", "role": name}, call)).id
            made = await run("tokens.create", {"user": ids[name]}, call)
            doors["http", name] = http(client.signed_in(made.token.reveal()))
            actor = await accounts.authenticate_token(made.token)
            email = "admin@localhost" if name == "admin" else f"{name}@example.org"
            doors["cli", name] = cli_as(app, email)
            desks[name] = LocalGateway(app, catalogue, Someone(actor, "tui"))
            await desks[name].start()
            doors["tui", name] = desk(desks[name])
            key = asyncssh.generate_private_key("ssh-ed25519")
            await run("ssh.keys.add", {"key": key.export_public_key().decode(), "user": ids[name]}, call)
            doors["ssh", name] = ssh(
                await stack.enter_async_context(
                    asyncssh.connect(
                        "127.0.0.1", app.plugins["ssh"].service.opened.port,  # type: ignore[attr-defined]  # plugins are objects
                        username="newel", client_keys=[key], known_hosts=None, config=None, agent_path=None,
                    )
                )
            )  # fmt: skip
        yield House(app, ids, doors, desks)


async def denials(house: House) -> Counter[tuple[str, str, str]]:
    """What the audit trail has of them: how often a person was denied an operation at a door."""
    call = house.app.call(operator(), "cli")
    found: Counter[tuple[str, str, str]] = Counter()
    cursor: str | None = None
    names = {id: name for name, id in house.ids.items()}
    while True:
        page = await house.app.operations.run("audit.list", {"outcome": "denied", "limit": 100, "cursor": cursor}, call)
        found.update((one.door, names.get(one.actor, one.actor), one.operation) for one in page.data)
        cursor = page.next
        if cursor is None:
            return found


async def test_e2_9_one_table_of_rights_holds_at_every_door(house: House) -> None:
    """Each row ends alike at each door, as written here, and each denial is in the audit trail with its door. The
    terminal admin offers what is permitted."""
    ended, expected = {}, {}
    denied: Counter[tuple[str, str, str]] = Counter()
    for (door, who), run in house.doors.items():
        for number, (name, params, may, code) in enumerate(TABLE):
            one, row = house.app.operations.get(name), (number, name, door, who)
            if (door in ("ssh", "cli") and not (one.command or name in OWN_WORDS)) or (
                (door, who) in AS and name in BY_HAND
            ):
                continue  # there are no words for it
            rights = "admin" if who == OPERATOR else who
            expected[row] = NO_ACCOUNT.get((who, name), code) if rights in may else DENIED
            ended[row] = await run(one, house.given(params))
            denied[door, who, name] += expected[row] == DENIED
    assert {row: code for row, code in ended.items() if code != expected[row]} == {}
    assert await denials(house) == +denied
    offered = {(name, who): one.may(name) for who, one in house.desks.items() for name, *_ in TABLE}
    permitted = {(name, who): who in may for name, _, may, _ in TABLE for who in PEOPLE if name not in BY_INPUT}
    assert {one: offered[one] for one in permitted} == permitted

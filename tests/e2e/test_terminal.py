"""The terminal admin with real clients in a real terminal: over SSH, on this machine, and against a site elsewhere."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pytest
from attrs import frozen
from tests.e2e.tmux import Terminal, needs_tmux, new_key, ssh, terminal
from tests.support import Site, request, running

pytestmark = [pytest.mark.slow, needs_tmux, pytest.mark.needs_plugin("ssh"), pytest.mark.needs_plugin("tui")]
GOLDEN = Path(__file__).parent / "golden"
SIZES = ((80, 24), (120, 40))
WAYS = ("ssh", "local", "remote")
LOOKS = (*((SIZES[0], way) for way in WAYS), (SIZES[1], "ssh"))
"""What is looked at: every way in, and the larger size in one of them."""


@frozen
class Stage:
    """A site and somebody's way into it."""

    site: Site
    keys: Path
    enabled: str = "[]"
    """Plugins that are not enabled by themselves; a second process of the site must be told of them too."""

    def admin(self, way: str = "ssh") -> list[str]:
        """The command that opens the admin's terminal."""
        match way:
            case "local":
                return [*self._newel(), "--set", f"plugins.enable={self.enabled}", "tui"]
            case "remote":
                return self._connect(self.site.token)
            case _:
                return ssh(self.site, self.key("admin"))

    def way_of(self, name: str, role: str, way: str) -> list[str]:
        """The same for somebody new with that role: over SSH, or remote."""
        user = self.user(name, role)
        if way == "ssh":
            return ssh(self.site, self.key(name, user))
        made = self.site.api("POST", "/tokens", {"user": user})
        assert made.status == 201, made.body
        return self._connect(made.json()["token"])

    def _connect(self, token: str) -> list[str]:
        # NEWEL_TOKEN would be in tmux's own environment: a token of a test may stand in a command.
        return [*self._newel(), "tui", "--connect", self.site.url, "--token", token]

    def _newel(self) -> list[str]:
        return [sys.executable, "-m", "newel", "--site", str(self.site.folder)]

    def key(self, name: str, user: str | None = None) -> Path:
        """A key of OpenSSH's making that is registered; the same for the same name."""
        file = self.keys / name
        if not file.exists():
            new_key(self.keys, name)
            given = {"label": name, "key": file.with_suffix(".pub").read_text("utf-8")}
            made = self.site.api("POST", "/ssh/keys", given | ({"user": user} if user else {}))
            assert made.status == 201, made.body
        return file

    def user(self, name: str, role: str) -> str:
        made = self.site.api("POST", "/users", {"email": f"{name}@example.org", "name": name, "role": role})
        assert made.status == 201, made.body
        return str(made.json()["id"])


@contextmanager
def stage(folder: Path, keys: Path, **more: str) -> Iterator[Stage]:
    with running(folder, *more.get("arguments", "").split(), token=more.get("token", "")) as site:
        yield Stage(site, keys, more.get("enabled", "[]"))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A site that several tests look at, with the demonstration in it."""
    with stage(
        tmp_path_factory.mktemp("s") / "site", tmp_path_factory.mktemp("keys"),
        arguments="--enable demo", enabled='["demo"]',
    ) as made:  # fmt: skip
        yield made


@pytest.fixture
def empty(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path / "site", tmp_path_factory.mktemp("keys")) as made:
        yield made


def goes_to(one: Terminal, screen: str, seen: str) -> str:
    """Through the palette."""
    one.keys("M-x").until("Commands")
    one.type(screen).until(f": {screen}")
    one.keys("Enter")
    return one.until(seen, without="Commands")


@pytest.mark.parametrize("way", WAYS)
def test_from_a_new_type_to_what_readers_get_without_http(empty: Stage, way: str) -> None:
    with terminal(empty.admin(way)) as one:
        one.until("Health", "Queue and")
        goes_to(one, "content types", "no types yet")
        one.type("n").until("name*")
        one.type("event").keys("Down").type("Event").keys("C-s")
        one.until("Event", "event", "collection", without="ctrl+s")
        one.keys("Enter").until("Fields of Event", "no fields yet")
        for kind, name in (("text", "title"), ("markdown", "body")):
            one.type("n").until("of which type?")
            one.type("/").type(kind).keys("Enter").until(f"/{kind}")
            one.keys("Enter").until(f"New field of Event: {kind}")
            one.type(name).keys("C-s")
            one.until("Fields of Event", name, kind[:6])
        one.keys("Escape").until("Content types", "collection")
        one.type("t").until("no entries yet")
        one.type("n").until("New: Event")
        one.type("Stairs at night 夜の階段").keys("Down").type("One *step* after another.").keys("C-s")
        one.until("draft", without="not saved")
        one.keys("Escape").until("p publish")  # what is typed at once would be alt+p to any terminal
        one.type("p").until("(published)")
        found = empty.site.api("GET", "/delivery/event", anonymous=True).json()["data"]
        assert [each["data"] for each in found] == [
            {"title": "Stairs at night 夜の階段", "body": "One *step* after another."}
        ]
        trail = empty.site.api("GET", "/audit?operation=content.publish").json()["data"]
        assert [row["door"] for row in trail] == [{"ssh": "ssh", "local": "tui", "remote": "http"}[way]]
        one.keys("C-c").until("exit status 0")


def masked(screen: str) -> str:
    """What does not change from run to run: figures and the widths that come of them are left out."""
    title, end, rest = screen.partition("\n")  # it names who is in, and at the machine itself that is its operator
    screen = re.sub(r" *\S+@\S+( at \S+)?$", "  Admin@site", title) + end + rest
    screen = re.sub(r"(?m)│ +[0-9A-Z]{1,16}$", "│", screen)  # the rest of an id, on the next line
    text = re.sub(r"newel_\w{40,}|SHA256:\S+|01[0-9A-Z]{10,24}…?", "ID", screen)
    text = re.sub(r"\d+([.,:-]\d+)*", "0", text)
    return re.sub(r"[ ─]{2,}", lambda run: "  " if " " in run[0] else "──", text) + "\n"


VOLATILE: Mapping[str, tuple[str, ...]] = {
    "site/home": ("Site", "Queue", "Health", "Recent activity"),
    "backup/main": ("no backup yet",),
    "site/config": ("accounts.first_admin", "backup.rpo_hours"),
    "site/log": ("Message",),
    "site/metrics": ("event_loop_delay",),
    "site/health": ("db.answers",),
    "audit/main": ("Outcome",),
    "ssh/sessions": ("127.0.0.1",),
    "ssh/main": ("SHA256:",),
    "media/health": ("state",),
    "accounts/keys": ("Fingerprint", "SHA256:"),
    "accounts/tokens": ("Scopes", "first token"),
    "accounts/sessions": ("Sessions",),
    "accounts/users": ("E-mail", "admin@localhost"),
    "storage/main": ("Probe", "not offered"),
    "jobs/main": ("> Jobs", "n ask for one"),
}
"""Screens that show what happens: looked at for these words, in every run other ones stand beside them."""

ELSEWHERE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "local": dict.fromkeys(("accounts/keys", "accounts/tokens", "accounts/sessions"), ("only an account has",))
    | {"accounts/account": ("no account", "everything"), "media/library": ("no files here", "U upload")}
    | {"ssh/sessions": ("SSH sessions",), "site/metrics": ("while the site is served",)},
    "remote": {
        "accounts/keys": ("SSH keys",),
        "media/library": ("no files here", "U upload"),
        "ssh/sessions": ("SSH sessions",),
    },
}
"""What rightly differs by the way in: at the machine itself one is its operator, who has no account that could have
keys or tokens, and who serves nothing that could be measured; files of one's own are not sent over SSH, and only who
came over it is sure to see a session."""


def screens_of(site: Site) -> list[str]:
    """The places of the screens of the menu."""
    return [f"{one['plugin']}/{one['name']}" for one in site.api("GET", "/tui").json()["screens"]]


@pytest.mark.parametrize(("size", "way"), LOOKS, ids=lambda one: one if isinstance(one, str) else f"{one[0]}x{one[1]}")
def test_every_screen_looks_as_it_did(here: Stage, size: tuple[int, int], way: str) -> None:
    """The same files for every way in: one way may not look otherwise than another."""
    folder = GOLDEN / f"{size[0]}x{size[1]}"
    wrong = []
    with terminal(here.admin(way), width=size[0], height=size[1]) as one:
        before = one.until("Queue and")
        for place in screens_of(here.site):
            if place != "site/home":
                before = opened(one, place, before)
            file = folder / f"{place.replace('/', '.')}.txt"
            if words := ELSEWHERE.get(way, {}).get(place) or VOLATILE.get(place):
                seen = one.shows(*words)
                if missing := [word for word in words if word not in seen]:
                    wrong.append(f"{place} does not say {missing}:\n{seen}")
            elif os.environ.get("NEWEL_GOLDEN") == "write" and way == WAYS[0]:
                folder.mkdir(parents=True, exist_ok=True)
                file.write_text(masked(rested(one)), "utf-8")
            elif masked(seen := one.becomes(text := golden(file), masked)) != text:
                wrong.append(f"{place} is not {file.name}:\n{seen}")
    assert not wrong, "\n".join(wrong)


def golden(file: Path) -> str:
    """Nothing, where a screen is new."""
    return file.read_text("utf-8") if file.exists() else ""


def opened(one: Terminal, place: str, before: str) -> str:
    """The screen once it says another name than the one before, and than Home, which it stands on."""
    goes_to(one, place, "")
    old = {before.partition("\n")[0], " site"}
    while (seen := one.until("", without="── Queue and")).partition("\n")[0] in old:
        assert one.waited(seen), seen
    return seen


def rested(one: Terminal) -> str:
    """The screen after nothing has moved in it for a second: for those that are written down."""
    seen, since = one.screen(), time.monotonic()
    while time.monotonic() < since + 1:
        if (again := one.screen()) != seen:
            seen, since = again, time.monotonic()
    return seen


@pytest.mark.parametrize("way", ["ssh", "remote"])
def test_a_viewer_sees_and_can_do_a_viewers_things(here: Stage, way: str) -> None:
    """At the machine itself one is the operator, and never a viewer."""
    with terminal(here.way_of(f"vi-{way}", "viewer", way)) as one:
        seen = one.until("── Site")
        assert "Recent activity" not in seen or "not for you" in seen
        one.keys("F2")
        menu = one.until("content/entries")
        for absent in ("Users", "Audit trail", "SSH sessions", "Configuration"):
            assert absent not in menu
        one.keys("Escape").until("── Site", without="Menu")
        goes_to(one, "content/entries", "Entries of")
        one.type("/Post").keys("Enter", "Enter")
        seen = one.until("title")
        assert "n new" not in seen
        one.type("n").type("d")
        assert "New:" not in one.until("title")
        one.type(":").until("Commands")
        one.type("users.create")
        assert "users.create" not in one.until(": users.create").replace(": users.create", "")


def test_a_key_that_is_taken_away_ends_its_session(here: Stage) -> None:
    user = here.user("ed", "editor")
    key = here.key("ed", user)
    with terminal(ssh(here.site, key)) as one:
        one.until("── Site")
        found = here.site.api("GET", f"/ssh/keys?user={user}").json()["data"]
        assert here.site.api("DELETE", f"/ssh/keys/{found[0]['id']}").status == 204
        assert "exit status 0" not in one.until("exit status")


def test_what_was_typed_outlives_a_stop_of_the_site(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    keys = tmp_path_factory.mktemp("keys")
    with stage(tmp_path / "site", keys) as made:
        type_ = {"name": "note", "label": "Note", "fields": [{"name": "title", "type": "text"}]}
        assert made.site.api("POST", "/types", type_).status == 201
        with terminal(made.admin()) as one:
            _new_note(one)
            one.type("a thought that took long").until("took long")
            assert made.site.stop() == 0
            one.until("exit status")
        token = made.site.token
    with stage(tmp_path / "site", keys, token=token) as again, terminal(again.admin()) as one:
        _new_note(one, "not sent")
        one.keys("Enter").until("a thought that took long")


def _new_note(one: Terminal, seen: str = "New: Note") -> None:
    one.until("── Site")
    goes_to(one, "content/entries", "Entries of")
    one.keys("Enter").until("no entries yet")
    one.type("n").until(seen)


@pytest.mark.parametrize("way", WAYS)
def test_a_paste_of_a_megabyte_and_a_flood_of_sizes(here: Stage, tmp_path: Path, way: str) -> None:
    text = "".join(f"{number:07} stairs up and down\r" for number in range(40_000))
    (tmp_path / "paste").write_text(f"\x1b]0;title\x07{text}", "utf-8")
    with terminal(here.admin(way)) as one:
        one.until("── Site")
        goes_to(one, "content/entries", "Entries of")
        one.type("/Author").keys("Enter", "Enter").until("updated")
        one.type("n").until("New: Author")
        for _ in range(3):
            one.keys("Down")
        one.paste(tmp_path / "paste").until("0039999 stairs")
        for number in range(60):
            one.resize(60 + number % 40, 15 + number % 20)
        one.resize(80, 24).until("0039999 stairs", "not saved")
        one.keys("Escape").until(": commands")  # out of the field
        one.keys("Escape").until("throw it away, and leave")
        one.type("d").until("Entries of", without="New: Author")  # or it is offered to whoever comes another way


@pytest.mark.parametrize("way", ["local", "remote"])
def test_files_are_sent_from_the_library_and_delivered_as_they_were(here: Stage, way: str, tmp_path: Path) -> None:
    sent = {f"{way} one.txt": f"words by {way}\n".encode() * 50_000, f"{way}-two.txt": f"a few by {way}".encode()}
    for name, data in sent.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "empty.txt").write_bytes(b"")
    with terminal(here.admin(way)) as one:
        one.until("── Site")
        goes_to(one, "media/library", "U upload")
        one.type("U").until("tab complete")
        one.type(f"{tmp_path}/{way}\\ ").keys("Tab").until("one.txt")
        one.type(f"{tmp_path}/{way}-two.txt {tmp_path}/empty.txt").keys("Enter")
        one.until("2 of 3 sent", "empty.txt", "the file is empty")
        one.keys("Escape").until("2 marked", without="not sent")
    found = {row["name"]: row for row in here.site.api("GET", f"/media?q={way}").json()["data"]}
    for name, data in sent.items():
        assert request("GET", urljoin(here.site.url, found[name]["url"])).body == data
        assert here.site.api("DELETE", f"/media/{found[name]['id']}").status == 204


def test_over_ssh_the_library_says_how_files_are_sent_and_takes_none(here: Stage) -> None:
    with terminal(here.admin("ssh")) as one:
        one.until("── Site")
        goes_to(one, "media/library", "scp -P PORT FILE ... HOST:/media/")
        assert "upload" not in one.type("U").type("?").until("media.library.fold", "list.filter")

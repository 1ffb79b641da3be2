"""SSH public keys: which are taken, whom they let in, and that none reaches beyond what added it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncssh
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from tests.builtin_plugins.accounts.pairs import ecdsa, ed, line, number, private_text, public, rsa_key
from tests.builtin_plugins.accounts.site import ADMIN, PASSWORD, Site
from tests.builtin_plugins.accounts.test_tokens import Counted

from newel import Actor, Conflict, Forbidden, NotFound, Reject, Secret
from newel.contracts.accounts import Accounts, KeyHolder
from newel.testing import actor
from newel_accounts import public_keys

SK_ED = line("sk-ssh-ed25519@openssh.com", b"e" * 32, b"ssh:")
SK_EC = line("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", b"\x04" + b"p" * 64, b"ssh:")


async def shown(site: Site, fingerprint: str, ip: str | None = "192.0.2.1") -> KeyHolder | None:
    return await site.app.need(Accounts).authenticate_key(fingerprint, ip)


async def again(site: Site, who: Actor, ip: str | None = "192.0.2.1", operation: str | None = None) -> Actor | None:
    return await site.app.need(Accounts).refreshed(who, ip=ip, operation=operation)


@pytest.mark.engines
@pytest.mark.parametrize("text", [
    ed(), ecdsa(ec.SECP256R1()), ecdsa(ec.SECP384R1()), ecdsa(ec.SECP521R1()), rsa_key(3072), SK_ED, SK_EC,
], ids=lambda text: text.partition(" ")[0])  # fmt: skip
def test_the_good_kinds_are_read_as_openssh_reads_them(text: str) -> None:
    key = public_keys.read(f"# a comment above\n\n  {text} ann@laptop\n")
    assert (key.text, key.comment) == (text, "ann@laptop")
    if text not in (SK_ED, SK_EC):
        assert key.fingerprint == asyncssh.import_public_key(text).get_fingerprint()
    assert len(key.fingerprint) == 50


GOOD = ed()
"""Made anew in each process: no id of a test may have it in."""
BLOB = GOOD.split()[1]
RSA_E, RSA_N = number(65537), number(2**3072 - 1)
PRIVATE = private_text(ed25519.Ed25519PrivateKey.generate())


@pytest.mark.engines
@pytest.mark.parametrize(("text", "code", "says"), [
    (PRIVATE, "private_key", "private key"),
    (PRIVATE.splitlines()[1], "private_key", "private key"),
    ("PuTTY-User-Key-File-3: ssh-ed25519", "private_key", "private key"),
    ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n", "private_key", "private key"),
    ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", "format", "another format"),
    ("   \n", "required", "no key"),
    (f"{GOOD}\n{ed()}", "several", "one key"),
    (f'command="newel audit list",no-pty {GOOD}', "options", "'operation'"),
    (f'from="10.0.0.0/8" {GOOD}', "options", "'sources'"),
    (f"restrict {line('ssh-dss', b'1')} x", "options", "options"),
    (line("ssh-dss", b"1", b"2", b"3", b"4"), "weak", "DSA"),
    (rsa_key(2048), "weak", "3072 bits, this one has 2048"),
    (line("ssh-ed25519-cert-v01@openssh.com", b"x" * 32), "certificate", "certificate"),
    ("ssh-rot13 AAAA", "format", "begins with one of"),
    (f"ssh-rsa {BLOB}", "format", "damaged"),
    (f"ssh-ed25519 {BLOB[:-4]}", "format", "damaged"),
    ("ssh-ed25519 ????", "format", "damaged"),
    ("ssh-ed25519", "format", "damaged"),
    ("ssh-ed25519 AAAAAA==", "format", "damaged"),
    (f"ssh-ed25519 {BLOB}====", "format", "damaged"),
    (line("ssh-ed25519", b"x" * 31), "format", "damaged"),
    (line("ssh-ed25519", b"x" * 32, b"more"), "format", "damaged"),
    (line("sk-ssh-ed25519@openssh.com", b"x" * 32, b""), "format", "damaged"),
    (line("ecdsa-sha2-nistp256", b"nistp384", b"\x04" + b"p" * 64), "format", "damaged"),
    (line("ecdsa-sha2-nistp256", b"nistp256", b"\x02" + b"p" * 32), "format", "damaged"),
    (line("ecdsa-sha2-nistp256", b"nistp256", b"\x04" + b"p" * 60), "format", "damaged"),
    (line("ssh-rsa", RSA_E, b"\0" + RSA_N), "format", "damaged"),
    (line("ssh-rsa", RSA_E, RSA_N[1:]), "format", "damaged"),
    (line("ssh-rsa", number(65536), RSA_N), "format", "damaged"),
    (line("ssh-rsa", number(1), RSA_N), "format", "damaged"),
    (line("ssh-rsa", RSA_E, number(2**20000 - 1)), "format", "damaged"),
    ("ssh-ed25519 \udc00", "format", "damaged"),
], ids=lambda value: "")  # fmt: skip
def test_every_mistake_is_named_and_nothing_of_the_text_is_told(text: str, code: str, says: str) -> None:
    with pytest.raises(public_keys.Fault, match=says) as caught:
        public_keys.read(text)
    assert caught.value.code == code
    assert not [word for word in text.split() if len(word) > 30 and word in str(caught.value) and "-" not in word]


async def test_a_private_key_is_neither_kept_nor_told(site: Site) -> None:
    who = await site.signed_in()
    with pytest.raises(Reject) as caught:
        await site.run("ssh.keys.add", who, key=PRIVATE)
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/key", "private_key")]
    middle = PRIVATE.splitlines()[1]
    rows = await site.plugin._store.db.fetch_all("SELECT * FROM audit_log")
    assert middle not in site.log.getvalue() + repr(caught.value.problems) + repr([dict(row) for row in rows])
    assert (await site.run("ssh.keys.list", who)).data == ()


async def test_a_key_lets_its_owner_in_until_it_is_removed(site: Site) -> None:
    who = await site.signed_in()
    made = await site.run("ssh.keys.add", who, key=f"{GOOD} ann@laptop")
    assert (made.label, made.user, made.kind, made.current) == ("ann@laptop", who.id, "ssh-ed25519", False)
    holder = await shown(site, made.fingerprint)
    assert holder is not None
    assert (holder.actor.id, holder.actor.kind, holder.actor.credential) == (who.id, "user", made.id)
    assert (holder.actor.permissions, holder.operation, holder.email) == (who.permissions, None, "ann@example.org")
    assert await again(site, holder.actor) == holder.actor
    assert await shown(site, "SHA256:" + "x" * 43) is None
    assert await shown(site, "x" * 10**6) is None
    [listed] = (await site.run("ssh.keys.list", holder.actor)).data
    assert listed.current
    assert (await site.run("ssh.keys.get", who, id=made.id)).fingerprint == made.fingerprint
    await site.run("ssh.keys.remove", who, id=made.id)
    assert await shown(site, made.fingerprint) is None
    assert await again(site, holder.actor) is None
    with pytest.raises(NotFound):
        await site.run("ssh.keys.remove", who, id=made.id)


async def test_limits_of_a_key_hold_and_can_be_changed(site: Site) -> None:
    who = await site.signed_in()
    ends = (site.clock.now() + timedelta(hours=1)).isoformat()
    made = await site.run(
        "ssh.keys.add", who, key=GOOD, label="ci", operation="content.list", expires_at=ends,
        sources=["192.0.2.7", "2001:db8::/32"],
    )  # fmt: skip
    assert made.sources == ("192.0.2.7/32", "2001:db8::/32")
    for ip, good in (("192.0.2.7", True), ("::ffff:192.0.2.7", True), ("2001:db8::1", True), ("192.0.2.8", False),
                     (None, False), ("nonsense", False)):  # fmt: skip
        assert (await shown(site, made.fingerprint, ip) is not None) is good, ip
    holder = await shown(site, made.fingerprint, "192.0.2.7")
    assert holder is not None
    assert holder.operation == "content.list"
    assert await again(site, holder.actor, "192.0.2.7", "content.list") == holder.actor
    await site.clock.advance(3600)
    assert await shown(site, made.fingerprint, "192.0.2.7") is None
    assert await again(site, holder.actor, "192.0.2.7", "content.list") is None
    kept = await site.run("ssh.keys.update", who, id=made.id, label="build")
    assert (kept.label, kept.operation, kept.expires_at) == ("build", "content.list", made.expires_at)
    free = await site.run("ssh.keys.update", who, id=made.id, operation="", sources=[], forever=True)
    assert (free.operation, free.sources, free.expires_at) == (None, None, None)
    holder = await shown(site, made.fingerprint, None)
    assert holder is not None
    assert holder.operation is None


async def test_whoever_is_inside_is_held_to_what_their_key_is_bound_to_by_now(site: Site) -> None:
    who = await site.signed_in()
    made = await site.run("ssh.keys.add", who, key=GOOD)
    holder = await shown(site, made.fingerprint)
    assert holder is not None

    async def stays(ip: str | None, operation: str | None) -> bool:
        return await again(site, holder.actor, ip, operation) is not None

    await site.run("ssh.keys.update", who, id=made.id, sources=["192.0.2.0/24", "2001:db8::/32"])
    for ip, good in (("192.0.2.9", True), ("::ffff:192.0.2.9", True), ("2001:db8::1", True), ("198.51.100.1", False),
                     (None, False)):  # fmt: skip
        assert await stays(ip, None) is good, ip
    await site.run("ssh.keys.update", who, id=made.id, sources=[], operation="content.list")
    assert [await stays(None, one) for one in (None, "content.list", "content.get")] == [False, True, False]
    await site.run("ssh.keys.update", who, id=made.id, operation="")
    assert [await stays(None, one) for one in (None, "content.list")] == [True, True]


@pytest.mark.parametrize(("order", "pointers"), [
    ({"operation": "content.nonsense"}, ["/operation"]),
    ({"sources": ["10.0.0.1/8", "10.0.0.0/8", "here"]}, ["/sources/0", "/sources/2"]),
    ({"expires_at": "1999-01-01T00:00:00Z"}, ["/expires_at"]),
    ({"label": "a\x1b[31m"}, ["/label"]),
    ({"fingerprint": "x", "owner": "x"}, ["/fingerprint", "/owner"]),
])  # fmt: skip
async def test_bad_limits_are_refused(site: Site, order: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(Reject) as caught:
        await site.run("ssh.keys.add", await site.signed_in(), key=GOOD, **order)
    assert [one.pointer for one in caught.value.problems] == pointers


async def test_a_key_belongs_to_one_account_and_whose_stays_untold(site: Site) -> None:
    ann, bob = await site.signed_in(), await site.signed_in("bob@example.org")
    made = await site.run("ssh.keys.add", ann, key=GOOD)
    with pytest.raises(Conflict) as caught:
        await site.run("ssh.keys.add", bob, key=f"{GOOD} mine")
    told = f"{caught.value.detail}{caught.value.problems}{caught.value.extra}"
    assert "registered already" in told
    assert not [one for one in (ann.id, "ann", made.id) if one in told]


async def test_other_peoples_keys(site: Site) -> None:
    ann, bob = await site.signed_in(), await site.signed_in("bob@example.org")
    made = await site.run("ssh.keys.add", ann, key=GOOD)
    for verb, order in (("get", {}), ("update", {"label": "x"}), ("remove", {})):
        with pytest.raises(NotFound):
            await site.run(f"ssh.keys.{verb}", bob, id=made.id, **order)
    for verb, order in (("list", {}), ("add", {"key": ed()})):
        with pytest.raises(Forbidden):
            await site.run(f"ssh.keys.{verb}", bob, user=ann.id, **order)
    manager = actor("manager", "tokens.manage")
    assert [one.id for one in (await site.run("ssh.keys.list", manager, user=ann.id)).data] == [made.id]
    for verb, order in (("add", {"user": ann.id, "key": ed()}), ("update", {"id": made.id, "operation": ""})):
        with pytest.raises(Forbidden, match="more than you"):
            await site.run(f"ssh.keys.{verb}", manager, **order)
    other = await site.run("ssh.keys.add", ADMIN, user="Ann@example.org", key=ed())
    assert other.user == ann.id
    await site.run("ssh.keys.remove", manager, id=made.id)
    with pytest.raises(Conflict, match="say whose"):
        await site.run("ssh.keys.add", actor("cli"), key=ed())


async def test_no_key_and_no_token_reaches_beyond_what_added_it(site: Site) -> None:
    who = await site.signed_in()
    scoped = await site.who(await site.run("tokens.create", who, scopes=["content.read"]))
    with pytest.raises(Forbidden):
        await site.run("ssh.keys.add", scoped, key=ed())
    ends = "2030-01-02T00:00:00.000Z"
    short = await site.who(await site.run("tokens.create", who, expires_at=ends))
    assert (await site.run("ssh.keys.add", short, key=ed())).expires_at == ends

    async def holding(**limits: Any) -> Actor:
        made = await site.run("ssh.keys.add", who, key=ed(), **limits)
        holder = await shown(site, made.fingerprint, "10.1.0.1")
        assert holder is not None
        return holder.actor

    forced = await holding(operation="ssh.keys.add")
    for verb, order in (("ssh.keys.add", {"key": ed()}), ("tokens.create", {}),
                        ("ssh.keys.update", {"id": forced.credential, "operation": ""})):  # fmt: skip
        with pytest.raises(Forbidden):
            await site.run(verb, forced, **order)
    near = await holding(sources=["10.1.0.0/16"])
    for sources in ([], ["10.0.0.0/8"], ["::/0"], None):
        with pytest.raises(Forbidden):
            await site.run("ssh.keys.add", near, key=ed(), sources=sources)
    assert (await site.run("ssh.keys.add", near, key=ed(), sources=["10.1.2.0/24"])).sources == ("10.1.2.0/24",)
    lasting = await site.run("ssh.keys.add", who, key=ed())
    ending = await holding(expires_at=ends)
    assert (await site.run("ssh.keys.update", ending, id=lasting.id, label="x")).expires_at is None
    assert (await site.run("ssh.keys.update", ending, id=lasting.id, operation="content.get")).expires_at == ends


async def test_whoever_is_inside_is_known_by_the_rights_of_this_moment(site: Site) -> None:
    ann = await site.signed_in()
    key = await shown(site, (await site.run("ssh.keys.add", ann, key=GOOD)).fingerprint)
    assert key is not None
    token = await site.who(await site.run("tokens.create", ann, scopes=["content.read"]))
    entered = await site.app.need(Accounts).authenticate_password("ann@example.org", Secret(PASSWORD))
    assert token is not None
    assert entered is not None
    everybody = [key.actor, token, entered, ann]
    assert [await again(site, one) for one in everybody] == everybody
    await site.run("users.update", id=ann.id, role="viewer")
    now = [await again(site, one) for one in everybody]
    assert now[3] is None, "sessions end with the role"
    assert [one and "content.create" in one.permissions for one in now[:3]] == [False, False, False]
    await site.run("users.update", id=ann.id, disabled=True)
    assert [await again(site, one) for one in everybody] == [None] * 4
    assert await shown(site, (await site.run("ssh.keys.list", user=ann.id)).data[0].fingerprint) is None
    await site.run("users.update", id=ann.id, disabled=False)
    assert await again(site, key.actor) is not None
    await site.run("users.reset_password", id=ann.id)
    assert [(await again(site, one)) is None for one in everybody] == [False, False, True, True]
    await site.run("users.reset_password", id=ann.id, revoke_tokens=True)
    assert [await again(site, one) for one in everybody] == [None] * 4
    assert await again(site, actor("nobody")) is None


async def test_a_key_is_one_statement_and_its_use_is_written_later(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await site.signed_in()
    made = await site.run("ssh.keys.add", who, key=GOOD)
    store = site.plugin._store.keys
    counted = Counted(store._db)
    monkeypatch.setattr(store, "_db", counted)
    holder = await shown(site, made.fingerprint)
    assert holder is not None
    await again(site, holder.actor)
    await shown(site, "SHA256:unknown")
    assert counted.asked == ["fetch_one"] * 3
    await site.plugin._housekeeping._note()
    assert (await site.run("ssh.keys.get", who, id=made.id)).last_used_at == "2030-01-01T00:00:00.000Z"
    await shown(site, made.fingerprint)
    assert site.plugin._identity.keys_used == {}, "at most once a minute"


async def test_changes_of_keys_are_in_the_trail(site: Site) -> None:
    who = await site.signed_in()
    made = await site.run("ssh.keys.add", who, key=GOOD, label="one")
    await site.run("ssh.keys.update", who, id=made.id, label="two")
    await site.run("ssh.keys.remove", who, id=made.id)
    rows = (await site.run("audit.list", entity="key")).data
    assert [(one.operation, one.before and one.before["label"], one.after and one.after["label"]) for one in rows] == [
        ("ssh.keys.remove", "two", None),
        ("ssh.keys.update", "one", "two"),
        ("ssh.keys.add", None, "one"),
    ]


async def test_deleting_an_account_removes_its_keys(site: Site) -> None:
    who = await site.signed_in()
    made = await site.run("ssh.keys.add", who, key=public(ed25519.Ed25519PrivateKey.generate()))
    await site.run("users.delete", id=who.id)
    assert await shown(site, made.fingerprint) is None

"""URLs in all spellings that we know of, and which rule refuses them."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

from __future__ import annotations

from collections.abc import Sequence

from tests.builtin_plugins.egress.world import PUBLIC, World, world

from newel.contracts.egress import EgressRefused

NAMES = {
    "loop.example": ["127.0.0.1"],
    "loop6.example": ["::1"],
    "both.example": [PUBLIC, "127.0.0.1"],
    "late.example": [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "10.0.0.1"],
    "meta.example": ["169.254.169.254"],
    "scoped.example": ["fe80::1%eth0"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "six.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "odd.example": ["not an address"],
    "xn--bcher-kva.example": ["192.168.1.1"],
}

CORPUS: dict[str, str] = {
    # rule: URLs; a host alone stands for http://host/
    "": f"""
        http://example.com https://example.com/ HTTP://EXAMPLE.COM/ http://example.com:80/ https://example.com:443
        http://example.com:443 https://example.com:/ http://example.com?x=1 http://example.com#f http://example.com./
        http://{PUBLIC}/ 8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255
        128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255
        198.20.0.0 223.255.255.255 [2606:4700:4700::1111] [2a00:1450:4001:82a::200e] [::ffff:8.8.8.8]
        [64:ff9b::808:808] six.example bücher.example.com xn--mgbh0fb.example a_b.example.com 3com.example 0x.example
        http://example.com/a%20b?c=%2F http://example.com/ä?ö=ü http://example.com/@user example。com ｅxample.com
        a.internal.example localhost.example metadata.google.internal.example 127.0.0.1.example
    """,
    "loopback": """
        127.0.0.1 127.0.0.2 127.1 127.0.1 127.255.255.255 2130706433 0x7f000001 0x7F.0.0.1 0x7f.1 0177.0.0.1
        0177.1 017700000001 127.0.0.1. 127.0.0.01 127.0.0.0x1 0000177.0.0.1 0x000007f.0.0.1 127.0.1. １２７.0.0.1
        127。0。0。1 127．0．0．1 127｡0｡0｡1 ①②⑦.⓪.⓪.① ⑫⑦.1 [::1] [0:0:0:0:0:0:0:1] [0000::0001] [::ffff:127.0.0.1]
        [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::127.0.0.1] [::7f00:1] [2002:7f00:1::] [2002:7f00:0001::1]
        [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [2001:0:7f00:1::] [2001:0:808:808::80ff:fffe]
        loop.example LOOP.Example loop.example. loop6.example both.example mapped.example nat64.example
        https://loop.example/x?y#z http://127.0.0.1:80/ http://127.0.0.1:8080/ http://[::1]:80/
    """,
    "unspecified": "0.0.0.0 0 0.0 00 0x0 0x 0.255.255.255 [::] [::ffff:0.0.0.0] [64:ff9b::] [2002::]",
    "private": """
        10.0.0.1 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.1 192.168.1 0xc0a80001 10.1 012.0.0.1 167772161
        [::ffff:10.0.0.1] [::10.0.0.1] [::ffff:c0a8:1] [2002:a00:1::] [64:ff9b::192.168.0.1] [fec0::1] late.example
        xn--bcher-kva.example bücher.example BÜCHER.example
    """,
    "unique_local": "[fc00::1] [fd00::1] [fdff:ffff::1]",
    "shared": "100.64.0.1 100.127.255.255 [::ffff:100.64.0.1]",
    "link_local": "169.254.0.1 169.254.255.255 [fe80::1] [febf::1] [::ffff:169.254.1.1]",
    "metadata": """
        169.254.169.254 169.254.43518 2852039166 0xa9fea9fe 0251.0376.0251.0376 [::ffff:169.254.169.254]
        [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe] [fd00:ec2::254] 100.100.100.200 168.63.129.16 169.254.170.2 meta.example
        metadata.google.internal METADATA.google.internal. metadata metadata.goog instance-data
        instance-data.ec2.internal metadata。google。internal
    """,
    "multicast": "224.0.0.1 239.255.255.255 [ff02::1] [::ffff:224.0.0.1]",
    "documentation": "192.0.2.1 198.51.100.1 203.0.113.255 [2001:db8::1] [3fff::1]",
    "benchmarking": "198.18.0.1 198.19.255.255 [2001:2::1]",
    "reserved": """
        240.0.0.1 255.255.255.255 192.0.0.8 4294967295 [100::1] [5f00::1] [4000::1] [2001:20::1] [::ffff:0:127.0.0.1]
        odd.example
    """,
    "tunnel": "[2002:808:808::1] [2001:0:808:808::f7f7:f7f7] [::8.8.8.8] 192.88.99.1 [64:ff9b:1::1]",
    "local_name": "localhost LOCALHOST localhost. a.localhost localhost.localdomain ip6-localhost ｌocalhost locaℓhost",
    "spelling": "8.8.8.8. 010.8.8.8 0x8080808 134744072 8.8.2056 8.526344 ８.8.8.8",
    "zone": "[fe80::1%25eth0] [fe80::1%eth0] [::1%lo] scoped.example",
    "host": """
        http:/// http://:80/ http://./ http://.example.com/ http://example.com.. http://a..b/ ::1 http://[::1 http://[::1]x/
        [::ffff:999.0.0.1] [127.0.0.1] [v1.x] 256.0.0.1 1.2.3.4.5 127.0.0.08 4294967296 1.2.3.256 0x7g.1 0xg.0x1.1.1.1
        127.0.0.1%2f exa%6dple.com ex%00ample -a.example a-.example a,b a*b exa!mple a。。b ℀.example
        http://{long}.example http://[]/
    """,
    "port": """
        http://example.com:22/ http://example.com:8080 https://example.com:8443 http://example.com:0
        http://example.com:65536 http://example.com:99999 http://example.com:８０/ http://example.com:+80
        http://example.com:80:80/ http://example.com:0x50 http://example.com:-1
    """,
    "scheme": """
        ftp://example.com/ file:///etc/passwd gopher://example.com/ unix:///var/run/docker.sock http+unix://x/y
        javascript:alert(1) data:text/plain,x mailto:a@b ws://example.com/ httpss://example.com ldap://example.com
        dict://example.com:80/ jar:http://example.com!/ http:example.com http:/example.com example.com:80
    """,
    "userinfo": """
        http://user@example.com/ http://user:pass@example.com/ http://example.com@127.0.0.1/ http://@example.com/
        http://example.com:80@127.0.0.1/ http://a@b@example.com http://127.0.0.1:80@example.com/
    """,
    "url": "//example.com/ /path ? # example.com http//example.com",
}
NOT_WORDS = {
    "url": [
        "", " http://example.com/", "http://example.com/ ", "http://exam ple.com/", "http://example.com/a b",
        "http://example.com\\@127.0.0.1/", "http:\\\\127.0.0.1/", "http://127.0.0.1\t/", "ht\ntp://example.com/",
        "http://example.com/\r\nHost: x", "http://example.com\x00.evil/", "http://\ud800/", f"http://a/{'x' * 9000}",
    ],
    "host": [f"http://{'a' * 64}.example/", "http://" + "a." * 126 + "example/",
             "http://" + "\u00ad" * 300 + "example.com/"],
}  # fmt: skip


def cases() -> list[tuple[str, str]]:
    """Pairs of a URL and a rule, ``""`` for what may be called."""
    found: list[tuple[str, str]] = []
    for rule, words in CORPUS.items():
        whole = rule in ("scheme", "url")
        found += [
            (word if whole or word.lower().startswith("http") else f"http://{word}/", rule)
            for word in words.replace("{long}", "x" * 300).split()
        ]
    return found + [(url, rule) for rule, urls in NOT_WORDS.items() for url in urls]


async def verdict(site: World, url: str) -> str:
    try:
        await site.egress.check(url)
    except EgressRefused as error:
        return str(error.extra["rule"])
    return ""


async def test_every_spelling_is_judged_as_it_would_be_called() -> None:
    table = cases()
    assert len(table) > 250
    async with world(names=NAMES) as site:
        wrong = [(url, said, rule) for url, rule in table if (said := await verdict(site, url)) != rule]
    assert not wrong, wrong


async def judged(config: dict[str, Sequence[str | int]], *urls: str) -> list[str]:
    names = {**NAMES, "hooks.example": ["10.1.2.3"], "a.corp.example": ["100.64.0.1"], "up.example": ["169.254.0.1"]}
    async with world(names=names, **config) as site:  # type: ignore[arg-type]  # lists of texts, or of numbers
        return [await verdict(site, url) for url in urls]


async def test_a_network_can_be_allowed_in_every_spelling() -> None:
    said = await judged(
        {"allow": ["10.1.0.0/16", "fd00:1::/32"]},
        "http://10.1.2.3", "http://hooks.example", "http://[::ffff:10.1.2.3]", "http://[64:ff9b::10.1.2.3]",
        "http://[fd00:1::5]", "http://10.2.0.1", "http://[fd00:2::5]", "http://10.1.515", "http://[2002:a01:203::]",
    )  # fmt: skip
    assert said == ["", "", "", "", "", "private", "unique_local", "spelling", "tunnel"]


async def test_a_host_can_be_allowed_in_networks_of_ones_own() -> None:
    said = await judged(
        {"allow": ["hooks.example", "*.corp.example", "localhost", "up.example", "meta.example"]},
        "http://hooks.example", "http://HOOKS.example.", "http://a.corp.example", "http://localhost",
        "http://10.1.2.3", "http://loop.example", "http://up.example", "http://meta.example",
    )  # fmt: skip
    assert said == ["", "", "", "", "private", "loopback", "link_local", "metadata"]


async def test_metadata_is_allowed_only_by_its_very_address() -> None:
    url = "http://169.254.169.254/latest"
    assert await judged({"allow": ["169.254.0.0/16"]}, url, "http://169.254.1.1") == ["metadata", ""]
    assert await judged({"allow": ["169.254.169.254"]}, url) == [""]


async def test_deny_wins() -> None:
    said = await judged(
        {"allow": ["10.0.0.0/8", "hooks.example"], "deny": ["10.1.0.0/16", "*.evil.example", PUBLIC, "2002::/16"]},
        "http://10.2.0.1", "http://10.1.0.1", "http://hooks.example", "http://a.evil.example", "http://example.com",
        f"http://[::ffff:{PUBLIC}]", "http://[2002:808:808::]", "http://8.8.8.8",
    )  # fmt: skip
    assert said == ["", "deny", "deny", "deny", "deny", "deny", "deny", ""]


async def test_ports_are_added_to_the_usual_ones() -> None:
    urls = [f"http://example.com:{port}/" for port in (80, 443, 8080, 8081)]
    assert await judged({"ports": [8080]}, *urls) == ["", "", "", "port"]

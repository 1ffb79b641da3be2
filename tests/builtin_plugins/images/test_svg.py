"""SVG that draws stays as it was; all that does anything else is left out."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from tests.builtin_plugins.images.conftest import Work

from newel.contracts.images import BadImage

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">'
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script in CDATA": "<script><![CDATA[alert(1)]]></script>",
    "script from elsewhere": '<script href="https://evil.example/x.js"/>',
    "script in another namespace": '<s:script xmlns:s="http://www.w3.org/1999/xhtml">alert(1)</s:script>',
    "script by prefix": '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
    "handler": '<rect width="1" height="1" onclick="alert(1)"/>',
    "handler, load": '<g onload="alert(1)"/>',
    "handler in capitals": '<rect OnLoad="alert(1)"/>',
    "focus": '<rect tabindex="0" onfocus="alert(1)" autofocus="x"/>',
    "link": '<a href="javascript:alert(1)"><text>x</text></a>',
    "link, xlink": '<a xlink:href="javascript:alert(1)"><rect/></a>',
    "link, hidden scheme": '<a href="java&#9;script:alert(1)"><rect/></a>',
    "link, data": '<a href="data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;"><rect/></a>',
    "foreign content": '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert(1)"/>'
    "</body></foreignObject>",
    "iframe": '<iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(1)"/>',
    "embed": '<embed xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/"/>',
    "use from elsewhere": '<use href="https://evil.example/x.svg#a"/>',
    "use from elsewhere, no scheme": '<use xlink:href="//evil.example/x.svg#a"/>',
    "use of data": '<use href="data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=#x"/>',
    "image from elsewhere": '<image href="https://evil.example/track.png"/>',
    "image of SVG": '<image href="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+"/>',
    "image of a file": '<image xlink:href="file:///etc/passwd"/>',
    "feImage": '<filter><feImage href="https://evil.example/x"/></filter>',
    "animated href": '<a id="a"><set attributeName="href" to="javascript:alert(1)"/></a>',
    "animated handler": '<rect><animate attributeName="onclick" values="alert(1)" begin="0s"/></rect>',
    "animation from elsewhere": '<animate href="https://evil.example/#a" attributeName="x" values="1"/>',
    "animation that begins": '<animateMotion onbegin="alert(1)" path="M0 0"/>',
    "handler element": '<handler xmlns="http://www.w3.org/2000/svg" type="application/ecmascript">alert(1)</handler>',
    "CSS import": "<style>@import 'https://evil.example/x.css';</style>",
    "CSS url": "<style>rect{fill:url(https://evil.example/x)}</style>",
    "CSS url, escaped": "<style>rect{fill:u\\72l(https://evil.example/x)}</style>",
    "CSS url, comment": "<style>rect{fill:u/**/rl(https://evil.example/x)}</style>",
    "CSS font": "<style>@font-face{font-family:x;src:url(//evil.example/x)}</style>",
    "CSS that ends itself": "<style>&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;</style>",
    "style attribute": '<rect style="fill:url(https://evil.example/x)"/>',
    "style attribute, expression": '<rect style="width:expression(alert(1))"/>',
    "style attribute, binding": '<rect style="-moz-binding:url(#x);behavior:url(x.htc)"/>',
    "style over the page": '<rect style="position: fixed; top:0"/>',
    "paint from elsewhere": '<rect fill="url(https://evil.example/#a)"/>',
    "paint from elsewhere, after ours": '<rect fill="url(#a) url(//evil.example/#b)"/>',
    "filter from elsewhere": "<rect filter=\"url('https://evil.example/#a')\"/>",
    "cursor from elsewhere": '<rect cursor="url(https://evil.example/c.cur),auto"/>',
    "base": '<rect xml:base="https://evil.example/"/>',
    "event attribute of a namespace": "<rect "
    'xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load" ev:handler="#x"/>',
    "metadata": "<metadata><x>alert(1)</x></metadata>",
    "video": '<video xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/x" onerror="alert(1)"/>',
    "discard": '<discard begin="0s" href="#a" onload="alert(1)"/>',
    "title with a document": '<title><iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(1)"/></title>',
    "desc in XHTML": '<desc><s xmlns="http://www.w3.org/1999/xhtml" onclick="alert(1)">x</s></desc>',
    "namespace on the attribute": "<rect "
    'xmlns:h="http://www.w3.org/1999/xhtml" h:onclick="alert(1)" h:href="javascript:alert(1)"/>',
}
TRACES = ("alert", "evil", "javascript", "http://www.w3.org/1999/xhtml", "script", "etc/passwd", "position", "svg+xml")


async def clean(work: Work, text: str) -> tuple[bool, str]:
    target = work.folder / "out.svg"
    changed = await work.images.sanitised_svg(work.file(text.encode(), "in.svg"), target)
    return changed, target.read_text("utf-8")


async def test_nothing_of_the_corpus_survives(work: Work) -> None:
    for name, text in HOSTILE.items():
        changed, made = await clean(work, f'{HEAD}{text}<circle r="3"/></svg>')
        assert changed, name
        assert not [trace for trace in TRACES if trace in made.lower()], (name, made)
        assert '<circle r="3"' in made, name
        root = ElementTree.fromstring(made)  # noqa: S314 - of our own making
        assert {one.tag.partition("}")[0] for one in root.iter()} == {"{http://www.w3.org/2000/svg"}, name
        again, same = await clean(work, made)
        assert not again, name
        assert same == made, name


async def test_a_drawing_stays_as_it_was(work: Work) -> None:
    drawing = (
        f'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        f'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
        f"{HEAD}<title>Stairs &amp; newel</title><style>.a{{fill:red;stroke-width:2px}}</style>"
        '<defs><linearGradient id="g">'
        '<stop offset="0" stop-color="#fff"/></linearGradient><path id="p" d="M0 0L9 9"/></defs>'
        '<rect class="a" width="5" height="5" fill="url(#g)" style="opacity:.5;filter:url(#f)" transform="rotate(3)"/>'
        '<use xlink:href="#p" x="3"/><use href="#p"/>'
        '<image width="1" height="1" href="data:image/png;base64,iVBORw0KGgo="/>'
        '<text x="1" xml:space="preserve" aria-label="x">Tr\u00fcmmer <tspan dy="2">x</tspan></text>'
        '<filter id="f"><feGaussianBlur in="SourceGraphic" stdDeviation="2"/></filter></svg>'
    )
    changed, made = await clean(work, drawing)
    assert not changed
    before, after = ElementTree.fromstring(drawing), ElementTree.fromstring(made)  # noqa: S314 - of our own making
    assert [(one.tag, one.attrib, one.text, one.tail) for one in after.iter()] == [
        (one.tag, one.attrib, one.text, one.tail) for one in before.iter()
    ]
    assert "DOCTYPE" not in made
    assert made.startswith("<?xml")


LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10 if at else "ha"}">' for at in range(10))
REFUSED = {
    "billion laughs": f"<!DOCTYPE svg [{LAUGHS}]>{HEAD}<text>&l9;</text></svg>",
    "an entity of a file": f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{HEAD}<text>&x;</text></svg>',
    "a parameter entity": f'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://evil.example/x"> %x;]>{HEAD}</svg>',
    "HTML": "<!DOCTYPE html><html><body><svg></svg></body></html>",
    "no namespace": "<svg><script>alert(1)</script></svg>",
    "another root": '<x xmlns="http://www.w3.org/2000/svg"/>',
    "not well-formed": f"{HEAD}<g></svg>",
    "nothing": "",
    "deep": HEAD + "<g>" * 5000 + "</g>" * 5000 + "</svg>",
    "use that doubles": HEAD
    + "".join(f'<g id="a{at + 1}"><use href="#a{at}"/><use href="#a{at}"/></g>' for at in range(1, 40))
    + '<rect id="a1"/></svg>',
    "use of itself": f'{HEAD}<g id="a"><use href="#a"/></g></svg>',
    "too long": HEAD + "<g/>" * 3_000_000 + "</svg>",
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_svg_is_refused(work: Work, name: str) -> None:
    with pytest.raises(BadImage):
        await clean(work, REFUSED[name])
    assert not (work.folder / "out.svg").exists()
    assert len(work.workers()) == 1

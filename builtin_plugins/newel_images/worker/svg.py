"""SVG with only what draws. Everything that is not on the lists is left out: what is new to us is not allowed."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, ParseError, register_namespace

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from newel_images.worker.faults import Refused
from newel_images.worker.svg_lists import ATTRIBUTES, ELEMENTS, HREF_DATA, HREF_OWN

SVG, XLINK, XML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
_LARGEST = 8 << 20
_DEEPEST = 200
_MOST_DRAWN = 200_000
"""Elements, with those that ``use`` repeats: ten lines of it can stand for billions."""
_OWN = re.compile(r"#[\w.:-]+")
_DATA = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]*")
_URL = re.compile(r"url\(\s*(['\"]?)#[\w.:-]+\1\s*\)")
_BAD_CSS = re.compile(r"\\|@|url|image|expression|script|behavior|binding|src|<|&|/\*|:\s*fixed", re.IGNORECASE)


def sanitised(path: Path, target: Path) -> bool:
    """Writes the clean copy; ``True``: something was left out. Raises ``Refused`` for what is none, or has entities."""
    if path.stat().st_size > _LARGEST:
        raise Refused(f"the SVG has more than {_LARGEST} bytes")
    try:
        # A document type of a drawing program does no harm, but nothing of it is fetched and no entity defined.
        root = parse(path, forbid_dtd=False, forbid_entities=True, forbid_external=True).getroot()
    except DefusedXmlException:
        raise Refused("the SVG defines entities") from None
    except (ParseError, ValueError, LookupError) as error:
        raise Refused(f"the SVG is not well-formed: {error}") from None
    if root is None or root.tag != f"{{{SVG}}}svg":
        raise Refused("not an SVG image")
    changed = _clean(root, 0)
    _bounded(root)
    register_namespace("", SVG)
    register_namespace("xlink", XLINK)
    with target.open("xb") as file:
        ElementTree(root).write(file, "utf-8", xml_declaration=True)
    return changed


def _clean(element: Element, depth: int) -> bool:
    if depth > _DEEPEST:
        raise Refused(f"the SVG is nested more than {_DEEPEST} deep")
    changed = _clean_attributes(element)
    for child in list(element):
        name = _local(child.tag, SVG)
        if name not in ELEMENTS or (name == "style" and _BAD_CSS.search(_without_own("".join(child.itertext())))):
            element.remove(child)
            changed = True
            continue
        changed |= _clean(child, depth + 1)
    return changed


def _clean_attributes(element: Element) -> bool:
    tag = _local(element.tag, SVG)
    kept = {name: value for name, value in element.items() if _allowed(tag, name, value)}
    if len(kept) == len(element.attrib):
        return False
    element.attrib.clear()
    element.attrib.update(kept)
    return True


def _allowed(tag: str, name: str, value: str) -> bool:
    if name in ("href", f"{{{XLINK}}}href"):
        return bool(
            (tag in HREF_OWN and _OWN.fullmatch(value.strip())) or (tag in HREF_DATA and _DATA.fullmatch(value.strip()))
        )
    if name in (f"{{{XML}}}space", f"{{{XML}}}lang"):
        return True
    if name in ("id", "class") or name.startswith("aria-"):
        return True
    return name in ATTRIBUTES and not _BAD_CSS.search(_without_own(value))


def _without_own(text: str) -> str:
    """Without references inside the drawing, which are fine."""
    return _URL.sub("", text)


def _local(tag: object, namespace: str) -> str:
    """The name within the namespace; empty for anything else."""
    text = tag if isinstance(tag, str) else ""
    prefix = f"{{{namespace}}}"
    return text[len(prefix) :] if text.startswith(prefix) else ""


def _bounded(root: Element) -> None:
    """Raises ``Refused`` where ``use`` repeats too much, or itself."""
    by_id: dict[str, Element] = {}
    for element in root.iter():
        if (name := element.get("id")) is not None:
            by_id.setdefault(name, element)
    known: dict[Element, int] = {}
    open_: set[Element] = set()

    def drawn(element: Element) -> int:
        if element in open_ or len(open_) > 4 * _DEEPEST:
            raise Refused("the SVG uses itself")
        if element not in known:
            open_.add(element)
            count = 1 + sum(map(drawn, element))
            if _local(element.tag, SVG) == "use":
                reference = (element.get("href") or element.get(f"{{{XLINK}}}href") or "").strip()
                if (used := by_id.get(reference[1:])) is not None:
                    count += drawn(used)
            open_.discard(element)
            known[element] = count
        return known[element]

    if drawn(root) > _MOST_DRAWN:
        raise Refused(f"the SVG draws more than {_MOST_DRAWN} elements")

"""Which part of an image becomes a rendition of which size. Numbers only."""

from __future__ import annotations

from attrs import frozen

from newel.contracts.images import Rendition


@frozen
class Plan:
    """``box`` of the source (left, top, right, bottom, in pixels, fractions are fine) becomes ``size``, which lies in
    the middle of ``canvas`` where there is one."""

    box: tuple[float, float, float, float]
    size: tuple[int, int]
    canvas: tuple[int, int] | None = None

    @property
    def final(self) -> tuple[int, int]:
        return self.canvas or self.size

    @property
    def scale(self) -> float:
        """Pixels made per pixel of the source; the larger of both directions."""
        left, top, right, bottom = self.box
        return max(self.size[0] / (right - left), self.size[1] / (bottom - top))


def plan(width: int, height: int, wanted: Rendition) -> Plan:
    """The plan for a source of that size."""
    box_width, box_height = wanted.width, wanted.height
    whole = (0.0, 0.0, float(width), float(height))
    if box_width is None and box_height is None:
        return Plan(whole, (width, height))
    if box_width is None or box_height is None:
        factor = box_width / width if box_width is not None else (box_height or 0) / height
        return Plan(whole, _scaled(width, height, _limited(factor, wanted)))
    ratios = (box_width / width, box_height / height)
    if wanted.fit == "cover":
        return _cover(width, height, box_width, box_height, wanted)
    if wanted.fit == "outside":
        return Plan(whole, _scaled(width, height, _limited(max(ratios), wanted)))
    size = _scaled(width, height, _limited(min(ratios), wanted))
    if wanted.fit == "inside":
        return Plan(whole, size)
    size = (min(size[0], box_width), min(size[1], box_height))
    return Plan(whole, size, (box_width, box_height))


def _limited(factor: float, wanted: Rendition) -> float:
    return factor if wanted.enlarge else min(factor, 1.0)


def _scaled(width: int, height: int, factor: float) -> tuple[int, int]:
    return max(1, round(width * factor)), max(1, round(height * factor))


def _cover(width: int, height: int, box_width: int, box_height: int, wanted: Rendition) -> Plan:
    factor = max(box_width / width, box_height / height)
    shrink = 1.0 if wanted.enlarge else min(1.0, 1 / factor)  # smaller, but still of the ratio of its box
    size = _scaled(box_width, box_height, shrink)
    part_width, part_height = min(width, box_width / factor), min(height, box_height / factor)
    left = min(max(wanted.focal.x * width - part_width / 2, 0.0), width - part_width)
    top = min(max(wanted.focal.y * height - part_height / 2, 0.0), height - part_height)
    return Plan((left, top, left + part_width, top + part_height), size)

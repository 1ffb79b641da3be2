"""Renditions of one image, each from the smallest version of it that is still large enough."""

from __future__ import annotations

from PIL import Image

from newel_images.worker.geometry import Plan

SPARE = 1.5
"""How many times larger than the result a version must be to be used: nearer, resampling twice would be seen."""


class Ladder:
    """Versions of a whole image, largest first."""

    def __init__(self, image: Image.Image, size: tuple[int, int]) -> None:
        """``size`` is what the plans' boxes refer to; ``image`` may be smaller."""
        self._size = size
        self._steps = [image]
        self._last: tuple[Plan, Image.Image] | None = None

    def resized(self, plan: Plan) -> Image.Image:
        """The plan's box at the plan's size, without its canvas."""
        if self._last is not None and self._last[0] == plan:  # the same size in another format
            return self._last[1]
        made = self._resized(plan)
        self._last = (plan, made)
        return made

    def _resized(self, plan: Plan) -> Image.Image:
        step = self._step(plan)
        across, down = step.width / self._size[0], step.height / self._size[1]
        left, top, right, bottom = plan.box
        # Rounding must not lead outside: the library trusts these numbers.
        box = (
            max(0.0, left * across),
            max(0.0, top * down),
            min(float(step.width), right * across),
            min(float(step.height), bottom * down),
        )
        if box == (0.0, 0.0, *map(float, step.size)) and plan.size == step.size:
            return step
        made = step.resize(plan.size, Image.Resampling.LANCZOS, box, reducing_gap=3.0)
        if plan.box == (0.0, 0.0, *map(float, self._size)) and made.width < self._steps[-1].width:
            self._steps.append(made)
        return made

    def _step(self, plan: Plan) -> Image.Image:
        left, top, right, bottom = plan.box
        for step in reversed(self._steps):
            width = (right - left) * step.width / self._size[0]
            height = (bottom - top) * step.height / self._size[1]
            if width >= plan.size[0] * SPARE and height >= plan.size[1] * SPARE:
                return step
        return self._steps[0]

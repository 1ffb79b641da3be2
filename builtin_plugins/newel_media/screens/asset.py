"""The screen ``asset``: one file with its picture, and the point that crops keep in sight."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from newel.contracts.layout import Cell, Column, Detail, Grid, Hint, Line, Pair, Picture, Text
from newel.contracts.tui import Action, Done, Event, Init, Navigate, Quit
from newel.contracts.views import Act, Ask, Sheet, View
from newel.errors import NewelError
from newel_media.screens.forms import MOVE_HERE, describing
from newel_media.screens.session import Session

STEPS: dict[str, tuple[float, float]] = {
    "left": (-0.02, 0), "h": (-0.02, 0), "right": (0.02, 0), "l": (0.02, 0), "up": (0, -0.02), "k": (0, -0.02),
    "down": (0, 0.02), "j": (0, 0.02), "shift+left": (-0.1, 0), "shift+right": (0.1, 0), "shift+up": (0, -0.1),
    "shift+down": (0, 0.1), "H": (-0.1, 0), "L": (0.1, 0), "K": (0, -0.1), "J": (0, 0.1),
}  # fmt: skip
FILE = {"id": "$id"}


class AssetSession(Session):
    """A file is looked at, described, moved, and its focal point set."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._asset: dict[str, Any] = {}
        self._picture: Picture | None = None
        self._focal: tuple[float, float] | None = None
        """Where the mark is while it is moved."""

    async def first(self, event: Init) -> View | Action:
        return await self._sheet()

    async def again(self) -> View | Action | None:
        if self._focal is None and len(self._stack) > 1:  # another size, below a form
            return None
        self._picture = None
        if self._focal is not None:
            await self._look()
            return self._marking()
        return await self._sheet()

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        match act:
            case "describe":
                return self.over(describing(self._asset, await self.locales()))
            case "focal":
                point = self._asset["focal"] or {"x": 0.5, "y": 0.5}
                self._focal = (point["x"], point["y"])
                return self.over(self._marking())
        return await self.over_many(act, rows or (self._asset,))

    async def done(self, act: str, answer: Any) -> View | Action | None:
        if act == "delete":
            return Quit()
        if act == MOVE_HERE:
            self._stack.pop()
        return await self._sheet()

    async def key(self, key: str) -> View | Action | None:
        """While the mark is moved."""
        if self._focal is None:
            return None
        if key in ("esc", "q"):
            return await self._marked()
        if key == "enter":
            x, y = self._focal
            await self.run("media.update", id=self._asset["id"], focal={"x": round(x, 4), "y": round(y, 4)})
            return await self._marked()
        if key == "0":
            await self.run("media.update", id=self._asset["id"], focal_by_hand=False)
            return await self._marked()
        step = STEPS.get(key, (0.0, 0.0))
        self._focal = (_inside(self._focal[0] + step[0]), _inside(self._focal[1] + step[1]))
        return self._marking()

    async def _marked(self) -> View | Action | None:
        self._focal = None
        return await self._back()

    # -- views ----------------------------------------------------------------------------------------------------

    async def _sheet(self) -> Sheet:
        self._asset = asset = await self.run("media.get", id=self.subject())
        uses = await self.run("media.uses", id=asset["id"], limit=5)
        await self._look()
        content = self._picture or Text(lines=(Line(text="no picture can be made of this file", faint=True),))
        grid = Grid(
            columns=(
                Column(span=5, cells=(Cell(title=asset["name"], content=content),)),
                Column(span=7, cells=(Cell(title="about it", content=Detail(fields=_told(asset, uses))),)),
            )
        )
        return Sheet(title=asset["name"], grid=grid, acts=_acts(asset, writes=self.writes), subject=asset)

    async def _look(self) -> None:
        """Fetches the picture, with as many pixels as the terminal can show in its cell."""
        if self._picture is None:
            width, height = self.size
            across, down = self.cell
            box = {"width": _side((width * 5 // 12 - 4) * across), "height": _side((height - 8) * down)}
            try:
                made = await self.run("media.preview", id=self._asset["id"], **box)
            except NewelError:  # a text has none, and so has an image that cannot be read
                return
            self._picture = self._pictured(made)

    def _pictured(self, made: Mapping[str, Any]) -> Picture:
        focal = self._asset["focal"]
        return Picture(
            pixels=b64decode(made["pixels"]), width=made["width"], height=made["height"],
            label=f"{self._asset['width']} by {self._asset['height']} pixels",
            mark=None if focal is None else (focal["x"], focal["y"]),
        )  # fmt: skip

    def _marking(self) -> Grid:
        assert self._focal is not None  # noqa: S101 - called while it is moved
        x, y = self._focal
        seen: Picture | Text = Text(lines=(Line(text=f"{x:.0%} from the left, {y:.0%} from the top"),))
        if self._picture is not None:
            one = self._picture
            seen = Picture(pixels=one.pixels, width=one.width, height=one.height, label=one.label, mark=self._focal)
        hints = (
            Hint(key="arrows", label="move"), Hint(key="shift+arrows", label="far"), Hint(key="enter", label="keep"),
            Hint(key="0", label="as found"), Hint(key="esc", label="back"),
        )  # fmt: skip
        title = f"crops keep in sight: {x:.0%} from the left, {y:.0%} from the top"
        return Grid(columns=(Column(span=12, cells=(Cell(title=title, content=seen),)),), hints=hints)

    async def send(self, event: Event) -> View | Action | None:
        if isinstance(event, Done):
            self._picture = None
        return await super().send(event)


def _acts(asset: Mapping[str, Any], *, writes: bool) -> tuple[Act, ...]:
    image = asset["width"] is not None
    changes = (
        Act(name="describe", label="texts", key="e"),
        *((Act(name="focal", label="focal point", key="f"),) if image else ()),
        Act(name="move", label="move", key="m"),
        Act(name="tag", label="tags", key="t"),
    )
    return (
        *(changes if writes else ()),
        Act(name="uses", label="where it is used", key="w", opens=Navigate(screen="uses", params=FILE)),
        *((Act(name="similar", label="what looks alike", key="s", opens=Navigate(screen="similar", params=FILE)),)
          if image else ()),
        Act(
            name="address", label="an address for a while", key="a", shows=True, form=("seconds",),
            ask=Ask(operation="media.sign", params=FILE),
        ),
        Act(
            name="delete", label="delete", key="d", confirm="Delete this file?",
            ask=Ask(operation="media.delete", params=FILE),
        ),
    )  # fmt: skip


def _told(asset: Mapping[str, Any], uses: Mapping[str, Any]) -> tuple[Pair, ...]:
    size = "" if asset["width"] is None else f"{asset['width']} x {asset['height']} pixels"
    more = " ..." if uses["more"] else ""
    used = ", ".join(f"{one['type']} {one['entry']} ({one['field']})" for one in uses["data"]) + more
    pairs = [
        ("type", asset["mime"]), ("size", f"{asset['bytes']:,} bytes"), ("dimensions", size),
        ("title", asset["title"]), *((f"alt {code}", text) for code, text in asset["alt"].items()),
        ("caption", asset["caption"]), ("credit", asset["credit"]), ("copyright", asset["copyright"]),
        ("tags", ", ".join(asset["tags"])), ("renditions", asset["status"]),
        ("private", "yes" if asset["private"] else ""), ("used by", used), ("author", asset["author"]),
        ("uploaded", asset["created_at"]), ("updated", asset["updated_at"]), ("address", asset["url"]),
        ("sha-256", asset["hash"]), ("id", asset["id"]),
    ]  # fmt: skip
    return tuple(Pair(label=label, value=value) for label, value in pairs if value)


def _side(wanted: int) -> int:
    return min(384, max(1, wanted))


def _inside(value: float) -> float:
    return min(1.0, max(0.0, value))

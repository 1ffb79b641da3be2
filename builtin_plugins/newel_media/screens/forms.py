"""Views above the screens: what is asked for before something is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel.contracts.views import Act, Ask, Col, Control, Form, Listing

MOVE_HERE = "move_here"
PATH = (Col(label="folder", value="path", weight=3), Col(label="files", value="files", cell="number", weight=0))


def moving(ids: Sequence[str], folders: Sequence[Mapping[str, Any]]) -> Listing:
    """Where files go."""
    count = "one file" if len(ids) == 1 else f"{len(ids)} files"
    ask = Ask(operation="media.move", params={"ids": list(ids), "folder": "$id"})
    return _into(f"Move {count} into which folder?", folders, ask)


def moving_folder(id: str, folders: Sequence[Mapping[str, Any]]) -> Listing:
    """Where a folder goes: not into itself."""
    own = next((str(one["path"]) for one in folders if one["id"] == id), "")
    others = [one for one in folders if one["path"] != own and not str(one["path"]).startswith(f"{own}/")]
    ask = Ask(operation="media.update_folder", params={"id": id, "parent": "$id"})
    return _into(f"Move {own} into which folder?", others, ask)


def _into(title: str, folders: Sequence[Mapping[str, Any]], ask: Ask) -> Listing:
    act = Act(name=MOVE_HERE, label="move here", key="m", ask=ask)
    return Listing(title=title, rows=tuple(folders), columns=PATH, acts=(act,))


def tagging(ids: Sequence[str]) -> Form:
    """Tags to give and to take."""
    return Form(
        title="Tags of one file" if len(ids) == 1 else f"Tags of {len(ids)} files",
        controls=(
            Control(name="add", kind="tags", label="add"), Control(name="remove", kind="tags", label="remove"),
        ),
        submit=Ask(operation="media.tag", params={"ids": list(ids)}),
        changed_only=True,
    )  # fmt: skip


def describing(asset: Mapping[str, Any], locales: Sequence[str]) -> Form:
    """All that is said of a file."""
    codes = tuple(dict.fromkeys([*locales, *asset["alt"]])) or ("en",)
    names = ("name", "title", "alt", "caption", "credit", "copyright", "tags", "private")
    return Form(
        title=f"About {asset['name']}",
        controls=(
            Control(name="name", label="name", help="Its extension stays.", required=True),
            Control(name="title", label="title"),
            Control(name="alt", label="what the image shows", localized=True),
            Control(name="caption", kind="lines", label="caption"),
            Control(name="credit", label="credit"),
            Control(name="copyright", label="copyright"),
            Control(name="tags", kind="tags", label="tags"),
            Control(name="private", kind="flag", label="private", help="Only signed addresses lead to it."),
        ),
        values={name: asset[name] for name in names},
        submit=Ask(operation="media.update", params={"id": asset["id"], "revision": asset["revision"]}),
        changed_only=True,
        locales=codes,
        keep=f"media {asset['id']}",
    )

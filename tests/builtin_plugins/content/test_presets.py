"""The quick start: types of a kind of site, all or none."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.content.site import Site, field

from newel import Conflict, Forbidden, NotFound
from newel.testing import actor


async def test_every_preset_installs_next_to_the_others(site: Site) -> None:
    offered = (await site.run("types.presets")).data
    assert [one.name for one in offered] == ["blog", "website", "documentation", "portfolio", "shop", "events"]
    for one in offered:
        made = await site.run("types.install_preset", preset=one.name)
        assert made.types == one.types
    known = {one.name for one in (await site.run("types.list")).data}
    assert known == {name for one in offered for name in one.types}
    assert all(one.taken == one.types for one in (await site.run("types.presets")).data)


async def test_a_taken_name_refuses_the_whole_preset(site: Site) -> None:
    await site.type("post", field("title"))
    with pytest.raises(Conflict) as caught:
        await site.run("types.install_preset", preset="blog")
    assert (caught.value.reason, caught.value.extra["types"]) == ("not_unique", ["post"])
    assert [one.name for one in (await site.run("types.list")).data] == ["post"]


async def test_fields_whose_type_the_site_does_not_have_are_left_out_and_told(site: Site) -> None:
    """There is no media library here."""
    made = await site.run("types.install_preset", preset="blog")
    assert made.left_out == ("author.portrait", "post.cover")
    post = await site.run("types.get", name="post")
    assert post.field("cover") is None
    entry = await site.create("post", title="Hello", body="World")
    assert (await site.on("publish", entry)).state["en"] == "published"


async def test_it_is_a_change_of_types(site: Site) -> None:
    with pytest.raises(Forbidden):
        await site.run("types.install_preset", actor("somebody", "content.types.read"), preset="blog")
    with pytest.raises(NotFound, match="there are: blog"):
        await site.run("types.install_preset", preset="nonsense")

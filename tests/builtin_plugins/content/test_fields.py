"""Single fields of a content type, and what is known of field types."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.content.site import Site, field, pointers

from newel import Forbidden, NotFound, PreconditionFailed, Reject
from newel.testing import actor


async def test_a_field_is_added_changed_renamed_moved_and_removed(site: Site) -> None:
    await site.type("post", field("title"), field("text", "markdown"))
    made = await site.create("post", title="Hello")
    await site.run("types.set_field", type="post", name="stars", field=field("stars", "integer"), at=0)
    await site.run("types.set_field", type="post", name="title", field=field("headline", indexed=True, label="Head"))
    await site.run("types.move_field", type="post", name="headline", step=1)
    after = await site.run("types.delete_field", type="post", name="stars")
    assert [(one.name, one.number) for one in after.fields] == [("text", 2), ("headline", 1)]
    assert (await site.get(made)).data["headline"] == "Hello"
    assert after.revision == 5
    names = {row.operation for row in site.audit}
    assert {"types.set_field", "types.move_field", "types.delete_field"} <= names


async def test_a_field_is_added_once(site: Site) -> None:
    await site.type("post", field("title"))
    await site.run("types.add_field", type="post", field=field("stars", "integer"), at=0)
    with pytest.raises(Reject) as caught:
        await site.run("types.add_field", type="post", field=field("stars"))
    assert pointers(caught.value) == {("/field/name", "duplicate")}
    with pytest.raises(Reject) as caught:
        await site.run("types.add_field", type="post", field=field("wrong", "nonsense"), at=1)
    assert pointers(caught.value) == {("/field/type", "field_type")}
    assert [one.name for one in (await site.run("types.get", name="post")).fields] == ["stars", "title"]


async def test_a_field_that_is_not_valid_is_told_at_its_own_pointers(site: Site) -> None:
    await site.type("post", field("title"))
    wrong = field("kind", "select", options={"choices": []}, rules={"min": 1}, indexed=True)
    with pytest.raises(Reject) as caught:
        await site.run("types.set_field", type="post", name="kind", field=wrong)
    assert ("/field/options/choices", "min_length") in pointers(caught.value)
    with pytest.raises(Reject) as caught:
        await site.run("types.set_field", type="post", name="title", field=field("title", "integer"))
    assert pointers(caught.value) == {("/field/type", "type_change")}


async def test_a_field_is_changed_on_what_it_is_based(site: Site) -> None:
    made = await site.type("post", field("title"))
    await site.run("types.set_field", type="post", name="text", field=field("text"), revision=made.revision)
    with pytest.raises(PreconditionFailed):
        await site.run("types.set_field", type="post", name="text", field=field("text"), revision=made.revision)
    for verb, more in (("types.delete_field", {}), ("types.move_field", {"step": 1})):
        with pytest.raises(NotFound):
            await site.run(verb, type="post", name="nothing", **more)
        with pytest.raises(Forbidden):
            await site.run(verb, actor("somebody", "content.types.read"), type="post", name="text", **more)


async def test_values_of_other_locales_are_lost_with_force_only(site: Site) -> None:
    await site.type("post", field("title", localized=True))
    made = await site.create("post", title="Hello")
    await site.update(made, locale="de", title="Hallo")
    with pytest.raises(Exception, match="force"):
        await site.run("types.set_field", type="post", name="title", field=field("title"))
    await site.run("types.set_field", type="post", name="title", field=field("title"), force=True)
    assert (await site.get(made, locale="de")).data["title"] == "Hello"


async def test_field_types_are_told_with_what_can_be_set(site: Site) -> None:
    told = {one.name: one for one in (await site.run("types.field_types")).data}
    assert list(told) == sorted(told)
    reference, text = told["reference"], told["text"]
    assert reference.options is not None
    assert set(reference.options["properties"]) == {"targets", "many", "on_delete"}
    assert reference.rules == ("min_count", "max_count")
    assert (text.options, text.indexable, text.textual, text.plugin) == (None, True, True, "content")
    assert text.rules == ("min_length", "max_length", "pattern", "one_of")

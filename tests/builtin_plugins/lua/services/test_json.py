"""``json`` of plugins, against RFC 8259 and Python's own."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builtin_plugins.lua.services.machines import Here, Raised

PLUGIN = """
function decode(text) return json.decode(text) end
function encode(value) local text = json.encode(value) return text end
function round(text) return json.encode(json.decode(text)) end
function kind(text) return type(json.decode(text)) end
function counted(text) local value = json.decode(text) return #value end
function caught(text) local ok, why = pcall(json.decode, text) return why end
local made = {
  nan = 0/0, inf = math.huge, minus = -math.huge, empty = {}, sparse = {1, nil, 3}, mixed = {1, 2, x = 3},
  numbers = {[1.5] = "a", [-1] = "b", [10] = "c"}, fn = function() end, co = coroutine.create(function() end),
  inner = { fn = function() end }, bad_key = {[true] = 1}, twice = {[1] = "number", ["1"] = "text", x = 1},
  masked = setmetatable({1, 2}, {__index = function() return 9 end, __len = function() return 9 end}),
  numbers_exact = {0.1, 1e21, 1e-7, 123456789012345, 2^53, -0.5, 5e-324, 1.7976931348623157e308, 3.0, 1/3},
  text = "\\0\\1\\31\\127\\"\\\\/\\n\\r\\t\\b\\f",
  broken = "a\\255\\xC3(\\237\\160\\128\\244\\144\\128\\128\\192\\128z",
}
made.loop = { made.inner and {} } made.loop[1].back = made.loop
local deep = {} for _ = 1, 127 do deep = { deep } end made.deep = deep made.deeper = { deep }
function encoded(name) local text = json.encode(made[name]) return text end
function large(count) local parts = {} for i = 1, count do parts[i] = "0123456789" end return #json.encode(parts) end
"""


@pytest.fixture(scope="module")
def here() -> Here:
    return Here(PLUGIN, "json")


GOOD = [
    "[]", "{}", "0", "-0", "1", "-1", "10", "1.5", "-1.5e3", "1E+2", "1e-2", "0.0", "0e1", "[1,2]", '"a"', '""',
    "true", "false", " \t\r\n[ 1 , 2 ]\n ", '{"a":1}', '{ "a" : { "b" : [ ] } }', '{"":0}', '"\\u0041"', '"\\u00e9"',
    '"\\ud83d\\ude00"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\u20ac"', '"\U0001f600"', '"\u2028"', '"\x7f"', '"a\\u0000b"',
    '{"a":1,"a":2}', "[[[[[[]]]]]]", '["",{"a":[true,false]}]', "123456789012345678901234567890", "1e308", "5e-324",
    '{"\\u00e9":1}', "1e-400", '"\\uFFFF"', "[" * 128 + "]" * 128, '"' + "x" * 100_000 + '"', "[1e1,2E2]",
]  # fmt: skip
BAD = [
    "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{,}", '{"a"}', '{"a":}', '{"a":1,}',
    '{"a" 1}', "{a:1}", "{'a':1}", '{1:1}', "'a'", '"', '"a', '"a\\', '"\\x41"', '"\\u00"', '"\\u00g0"', '"\\u"',
    '"\n"', '"\t"', '"\x00"', '"\x1f"', "01", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "0x10", "1_0", "1a", "--1",
    "-a", "NaN", "Infinity", "-Infinity", "nul", "nulll", "True", "tru", "truefalse", "1 2", "[] []", "[1]x", "\ufeff1",
    "1e400", "-1e400", "/* */1", "// a\n1", "[1]//", "\x0c1", "\u00a01", '{"a":1}}', "[1}", '{"a":1]', "\\u0061",
    "[" * 129 + "]" * 129, "[" * 100_000, '{"a":' * 100_000, "1\x00", "\x00", "[\x00]", "0.1.2", "1e1e1", "- 1", "00",
    '["a', '["a"', '{"a":"b', '["\\ud83d\\u"]', "[1,\n1\n,1", "[-01]", "[1.0e-]", '{"a":b}', '["a",4,1,', "*", "[*]",
]  # fmt: skip


def without_nulls(value: Any) -> Any:
    """As Lua has it: ``nil`` is no value of a table."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@pytest.mark.parametrize("text", GOOD, ids=lambda text: ascii(text)[:30])
def test_what_is_json_is_read_and_written_as_the_same(here: Here, text: str) -> None:
    expected = json.loads(text, parse_int=float)
    assert same(json.loads(here.call("round", text), parse_int=float), expected)
    if "[" * 40 not in text:  # what crosses is not that deep
        crossed = json.loads(json.dumps(here.call("decode", text)), parse_int=float)
        assert crossed == (expected or crossed), "an empty object leaves the plugin as an empty list"


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text)[:30])
def test_what_is_no_json_raises_with_its_place(here: Here, text: str) -> None:
    with pytest.raises(Raised, match=r"json\.decode: .* at line \d+, column \d+"):
        here.call("decode", text)


def test_bytes_that_are_no_utf8_become_replacement_characters(here: Here) -> None:
    broken = {
        b'"\xff"': "\ufffd", b'"a\xc3("': "a\ufffd(", b'"\xed\xa0\x80"': "\ufffd" * 3, b'"\xe2\x82"': "\ufffd" * 2,
        b'"\xf4\x90\x80\x80"': "\ufffd" * 4, b'"\xc0\x80"': "\ufffd" * 2, b'"\xf0\x9f\x98x"': "\ufffd" * 3 + "x",
    }  # fmt: skip
    for raw, text in broken.items():
        assert here.call("decode", raw) == text
    assert here.call("decode", b'"\x80\xe2\x82\xac\xff"') == "\ufffd\u20ac\ufffd"
    assert here.call("decode", '"\\ud800"') == "\ufffd"
    assert here.call("decode", '"\\udc00x\\ud83dy\\ud83d\\u0041"') == "\ufffdx\ufffdy\ufffdA"
    text = here.call("encoded", "broken")
    assert isinstance(text, str)
    assert set(json.loads(text)) == {"a", "\ufffd", "(", "z"}
    with pytest.raises(Raised):
        here.call("decode", b"[\xff]")


def test_null_is_nil(here: Here) -> None:
    assert here.call("kind", "null") == "nil"
    assert here.call("decode", '{"a":null,"b":1}') == {"b": 1}
    assert here.call("round", "[1,null,3]") == '{"1":1,"3":3}', "a table with a gap is no list"
    assert here.call("counted", "[1,2,null]") == 2
    assert here.call("encode") == "null"


def test_lists_objects_and_empty_ones(here: Here) -> None:
    assert here.call("round", '{"a":[],"b":{},"c":[[]]}') == '{"a":[],"b":{},"c":[[]]}'
    assert here.call("encoded", "empty") == "{}"
    assert here.call("encode", []) == "[]", "an empty list from the server stays one"
    assert here.call("encoded", "sparse") == '{"1":1,"3":3}'
    assert here.call("encoded", "mixed") == '{"1":1,"2":2,"x":3}'
    assert here.call("encoded", "numbers") == '{"-1":"b","1.5":"a","10":"c"}'
    assert json.loads(here.call("encoded", "twice")).keys() == {"1", "x"}
    assert here.call("encoded", "masked") == "[1,2]", "metamethods of the plugin are not asked"
    assert here.call("encode", {"b": 1, "a": {"d": 1, "c": 2}}) == '{"a":{"c":2,"d":1},"b":1}', "always the same text"


def test_numbers_are_written_as_short_as_they_are_exact(here: Here) -> None:
    text = here.call("encoded", "numbers_exact")
    expected = [0.1, 1e21, 1e-7, 123456789012345, 2.0**53, -0.5, 5e-324, 1.7976931348623157e308, 3.0, 1 / 3]
    assert json.loads(text) == expected
    assert text.startswith("[0.1,1e+21,1e-07,123456789012345,")
    assert ",3," in text


def test_text_is_escaped(here: Here) -> None:
    text = here.call("encoded", "text")
    assert json.loads(text) == '\0\x01\x1f\x7f"\\/\n\r\t\b\f'
    assert text == '"\\u0000\\u0001\\u001f\x7f\\"\\\\/\\n\\r\\t\\b\\f"'


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nan", "no number of JSON"), ("inf", "no number"), ("minus", "no number"), ("fn", "function cannot"),
        ("co", "thread cannot"), ("inner", "function cannot"), ("bad_key", "key is a boolean"),
        ("loop", "contains itself"), ("deeper", "deeper than 128"),
    ],
)  # fmt: skip
def test_what_has_no_json_raises(here: Here, name: str, words: str) -> None:
    with pytest.raises(Raised, match=words):
        here.call("encoded", name)


def test_depth_and_size_have_their_limits(here: Here) -> None:
    assert here.call("encoded", "deep") == "[" * 127 + "{}" + "]" * 127
    with pytest.raises(Raised, match="more than 8388608 bytes"):
        here.call("decode", '"' + "x" * 8_400_000 + '"')
    assert here.call("large", 200_000) == 200_000 * 13 + 1


def test_a_mistake_can_be_caught_and_names_the_line_of_the_plugin(here: Here) -> None:
    assert here.call("caught", '{"a":\n  oops}') == ("init.lua:7: json.decode: a value is missing at line 2, column 3")
    with pytest.raises(Raised, match=r"init\.lua:3: json\.encode"):
        here.call("encode", math.nan)


values = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(), inner, max_size=5)),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(values, st.booleans())
def test_any_value_comes_back_as_it_was(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    again = json.loads(SHARED.call("round", text))
    assert again == json.loads(text) or same(again, json.loads(text, parse_int=float))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_read_as_python_reads_them_or_raise(raw: bytes) -> None:
    try:
        expected = json.loads(raw.decode())
    except ValueError:
        return
    assert SHARED.call("round", raw) == SHARED.call("round", json.dumps(expected))


SHARED = Here(PLUGIN, "json")

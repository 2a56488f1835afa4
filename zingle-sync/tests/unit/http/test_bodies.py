from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.http import Answer, Request, UnreadableError, Wire, bodies, body_of, decoded
from zingle_sync.http.failures import failure_of
from zingle_sync.texts import clean

ANY = msgspec.json.Decoder()
URL = "https://service.test/list"

TEXTS = st.text(st.characters(codec=None), max_size=20)
HALVES = st.integers(0xD800, 0xDFFF).map(chr)


def bytes_of(value: object) -> bytes:
    """JSON as a careless service writes it: halves of surrogate pairs as escapes."""
    return json.dumps(value).encode()


@given(st.lists(st.one_of(TEXTS, HALVES), max_size=5))
def test_any_text_is_read(parts: list[str]) -> None:
    """The page is read whatever a text holds; halves of characters are replaced, controls left out."""
    text = "".join(parts)
    body = bytes_of({"before": "Ann", "body": text, "after": ["Bob"]})

    # Two halves that happen to stand side by side are a whole.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    value = decoded(body, ANY)

    assert ("Ann", ["Bob"]) == (value["before"], value["after"])
    value["body"].encode()
    assert [char for char in clean(whole) if char != "\ufffd"] == [
        char for char in value["body"] if char != "\ufffd"
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'["a\\ud83d b"]', ["a\ufffd b"]),
        (b'["\\udc00"]', ["\ufffd"]),
        (b'["\\ud83d\\ude00"]', ["\U0001f600"]),
        (b'["\\ud83d\\ud83d\\ude00"]', ["\ufffd\U0001f600"]),
        (b'["\\\\ud83d"]', ["\\ud83d"]),
        (b'["\\\\\\ud83d"]', ["\\\ufffd"]),
        (b'["caf\xe9"]', ["caf\ufffd"]),
        (b'["\xed\xa0\xbd"]', ["\ufffd\ufffd\ufffd"]),
        (b'["a\nb\tc\x01"]', ["a\nb\tc\x01"]),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"[1e999, NaN, -Infinity, 1.5]", [None, None, None, 1.5]),
        (b"[" + b"9" * 5_000 + b", 7]", [None, 7]),
        (b"[12345678901234567890]", [12345678901234567890]),
    ],
)
def test_one_bad_character_or_number_loses_nothing_else(body: bytes, expected: object) -> None:
    """What is no character becomes U+FFFD and what is no number becomes null."""
    assert expected == decoded(body, ANY)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"a":', b"[" * 100_000, b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 9_000],
)
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    """Other content, cut content and content nested beyond reason end in one error of ours."""
    with pytest.raises(UnreadableError):
        decoded(body, ANY)


class _Named(msgspec.Struct):
    name: str
    amount: Any = None


def test_shapes_hold_for_odd_texts_too() -> None:
    """The lenient way checks the shape, and reads numbers as the strict one does."""
    decoder = msgspec.json.Decoder(_Named, float_hook=lambda digits: f"<{digits}>")

    assert _Named("x\ufffd", "<0.10>") == decoded(b'{"name":"x\\ud800","amount":0.10}', decoder)
    with pytest.raises(UnreadableError):
        decoded(b'{"nom":"x\\ud800"}', decoder)


def test_an_answer_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body beyond the bound is not held in memory, and not asked for again."""
    monkeypatch.setattr(bodies, "LARGEST_BODY", 1_000)
    with responses.RequestsMock() as mock:
        mock.get(URL, body=b"x" * 1_001)
        got = Wire(1).send(Request("GET", URL, "GET list"), None)

        assert isinstance(got, requests.Response)
        with pytest.raises(bodies.TooLongError) as caught:
            body_of(got)

    assert failure_of(caught.value).final


def test_a_body_of_the_largest_size_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound itself is allowed."""
    monkeypatch.setattr(bodies, "LARGEST_BODY", 1_000)
    with responses.RequestsMock() as mock:
        mock.get(URL, body=b"x" * 1_000)
        got = Wire(1).send(Request("GET", URL, "GET list"), None)

        assert not isinstance(got, Answer)
        assert 1_000 == len(body_of(got))


_CHARACTERS = st.characters(max_codepoint=0x2100) | st.sampled_from('\x00\x1b\x7f\x85\x9b\\"\n\t')


@given(st.text(_CHARACTERS, max_size=20), st.booleans())
def test_control_characters_are_left_out_of_every_text(text: str, ascii_only: bool) -> None:
    """Whatever way JSON writes them, and whatever stands before them, an escaped backslash too."""
    body = json.dumps({"a": text, "b": f"\\u0000{text}"}, ensure_ascii=ascii_only).encode()

    assert {"a": clean(text), "b": clean(f"\\u0000{text}")} == decoded(body, ANY)

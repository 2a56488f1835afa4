"""Salesforce's sentences as a log may repeat them: its words and ids, nobody's values. Pure.

A sentence that quotes a value in a new way gets its words into `_BEFORE_A_VALUE`, or its code into
`_COLONS`, by which the same sentence is understood in every language of the org.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN = "…"
LONGEST_MESSAGE = 2_000
_BEFORE_A_VALUE = re.compile(
    r"""data\ value\ too\ large | invalid\ email\ address
    | bad\ value\ for\ (?:restricted|multi-?select)\ picklist\ field
    | duplicate\ external\ id\ specified | more\ than\ one\ record\ found\ for\ external\ id\ field
    | foreign\ key\ external\ id | value\ not\ of\ required\ type
    | value\ outside\ of\ valid\ range\ on\ numeric\ field | id\ value\ of\ incorrect\ type
    | malformed\ id | invalid\ id\ field | from\ VALUE_STRING\ value""",
    re.IGNORECASE | re.VERBOSE,
)
# How a sentence goes on behind its value, by how it begins; its last occurrence counts.
_GOES_ON = {
    "data value too large": re.compile(r"\([^()=]{1,40}=\s*\d+\)"),
    "foreign key external id": re.compile("not found for field", re.IGNORECASE),
    "from value_string value": re.compile("or request may be missing", re.IGNORECASE),
}
# How Apex ends the first error of several, with the names of fields.
_FIELDS = re.compile(r":\s*\[(?:[A-Za-z]\w*(?:,\s*[A-Za-z]\w*)*)?\]")
_FIRST_ERROR = re.compile("first error:", re.IGNORECASE)
_VALUE_BEFORE = re.compile(r"(?:'.*'|\S+)(?=\s+is not a valid value for the type)")
# After how many colons a value stands: after the label and the sentence, or the sentence alone.
_COLONS = {
    "DUPLICATE_EXTERNAL_ID": 1,
    "INVALID_ID_FIELD": 1,
    "INVALID_EMAIL_ADDRESS": 2,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": 2,
    "INVALID_TYPE_ON_FIELD_IN_RECORD": 2,
    "MALFORMED_ID": 2,
    "NUMBER_OUTSIDE_VALID_RANGE": 2,
    "STRING_TOO_LONG": 2,
}
_IN_OTHER_WORDS = {"STRING_TOO_LONG": "data value too large"}
_COLON = re.compile("\\s?[:\uff1a]")
# An apostrophe inside of a word opens and closes nothing, nor does one that nothing has opened.
# What is never closed goes to the end.
_QUOTED = re.compile(
    "(?<!\\w)'(?:\\\\.|[^\\\\])*?'(?!\\w)(?:[^']*\\w'(?!\\w))*|(?<!\\w)'(?=\\w).*"
    '|"(?:\\\\.|[^"\\\\])*(?:"|$)'
    "|\u201c[^\u201d]*\u201d?|\u201e[^\u201c\u201d]*[\u201c\u201d]?|\u00ab[^\u00bb]*\u00bb?"
    "|\u2039[^\u203a]*\u203a?|\u300c[^\u300d]*\u300d?|\u300e[^\u300f]*\u300f?"
    "|(?<!\\w)\u2018[^\u2019]*\u2019?",
    re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*")
# After these Salesforce quotes its own names, not values.
_NOUN = re.compile(
    r"(?:attribute|class|column|entity|fields?|method|object|operation|parameter|property"
    r"|relation(?:ship)?|resource|type|version)\s*$",
    re.IGNORECASE,
)
_OWN_NAME = re.compile(r"\w*__[a-z]+|Account|Case|Contact|Lead|Opportunity|Task|User|.?")
_ID = re.compile(r"(?<![0-9A-Za-z])(?:00|a\d)[0-9A-Za-z]{13}(?:[A-Z0-5]{3})?(?![0-9A-Za-z])")
_NUMERIC_ID = re.compile(r"00[1356]0{4}\d{8}")
_EMAIL = re.compile(r"[^\s@'\"<>(),;:\[\]]++@[^\s@'\"<>(),;:\[\]]+")
_PHONE = re.compile(
    r"(?<![\w.-])(?!\d{4}-\d\d-\d\d(?!\d))"
    r"\+?\(?\d(?:[ ().\u2010-\u2015\u00a0/-]{0,2}\d){6,14}(?!\w)"
)
# Salesforce's support asks for this number.
_SUPPORT = re.compile(r"(?:ErrorId[^:]*|support):\s*$", re.IGNORECASE)


def clean_message(message: str, code: str = "") -> str:
    """Salesforce's sentence without the customer's values that some of them quote.

    Args:
        message: The sentence, in any language.
        code: Salesforce's error code, which says where a value stands.

    >>> clean_message("Email: invalid email address: jane@example.com")
    'Email: invalid email address: …'
    >>> clean_message("No such column 'Foo' on entity 'Contact'.")
    "No such column 'Foo' on entity 'Contact'."
    >>> clean_message("Telefon: Datenwert zu groß: 0151 234 (Max=3)", "STRING_TOO_LONG")
    'Telefon: Datenwert zu groß: … (Max=3)'
    """
    # Cut first: the expressions look at each character many times. A half word may be a half value.
    if len(message) > LONGEST_MESSAGE:
        message = message[:LONGEST_MESSAGE].rpartition(" ")[0]
    text = "".join(char if char.isprintable() else " " for char in message)
    text = _VALUE_BEFORE.sub(lambda match: _hidden(match.group()), text)
    text = "".join(_without_values(text, code))
    text = "".join(_without_quotes(text))
    text = _PHONE.sub(_without_phone, _EMAIL.sub(HIDDEN, text))
    return " ".join(text.split())


def _without_values(text: str, code: str) -> Iterator[str]:
    found = [match.span() for match in _BEFORE_A_VALUE.finditer(text)]
    if not found and code in _COLONS:
        found = [match.span() for match in _COLON.finditer(text)][: _COLONS[code]][-1:]
    at = 0
    for (start, begin), (end, _) in pairwise([*found, (len(text), len(text))]):
        words = text[start:begin].lower()
        goes_on = [_GOES_ON.get(words if words[:1].isalpha() else _IN_OTHER_WORDS.get(code, ""))]
        if _FIRST_ERROR.search(text):
            goes_on.append(_FIELDS)
        yield text[at:begin]
        yield _without_value(text[begin:end], [each for each in goes_on if each])
        at = end
    yield text[at:]


def _without_value(text: str, goes_on: Iterable[re.Pattern[str]]) -> str:
    """A text that begins with a value, and may go on in Salesforce's words."""
    value = text.lstrip(" :\uff1a")
    lead = text[: len(text) - len(value)]
    end = len(value)
    for after in goes_on:
        if ends := [match.start() for match in after.finditer(value)]:
            end = ends[-1]
            break
    return f"{lead}{_hidden(value[:end])} {value[end:]}" if value else text


def _hidden(value: str) -> str:
    """Nothing of a value but the ids of records, which Salesforce itself has given."""
    ids = _ID.findall(value)
    rest = re.sub(r"[\s,\[\]]", "", _ID.sub("", value))
    return value.strip() if ids and not rest else " ".join((HIDDEN, *ids))


def _without_quotes(text: str) -> Iterator[str]:
    at = 0
    for match in _QUOTED.finditer(text):
        yield text[at : match.start()]
        quoted = match.group()
        yield (
            quoted
            if _is_own(quoted[1:-1], text[: match.start()])
            else (f"{quoted[0]}{HIDDEN}{quoted[-1]}" if len(quoted) > 1 else quoted)
        )
        at = match.end()
    yield text[at:]


def _is_own(quoted: str, before: str) -> bool:
    """Whether Salesforce quotes a name of its own, or the id of a record."""
    if _OWN_NAME.fullmatch(quoted) or _ID.fullmatch(quoted):
        return True
    return bool(_NAME.fullmatch(quoted) and _NOUN.search(before[-20:]))


def _without_phone(match: re.Match[str]) -> str:
    number = match.group()
    is_id = _NUMERIC_ID.fullmatch(number) or _SUPPORT.search(match.string, 0, match.start())
    return number if is_id else HIDDEN

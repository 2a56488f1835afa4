"""Result files of Bulk queries: every value quoted, nulls empty, datetimes with a `Z`."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.fields import NUMBERS
from zingle_sandbox.salesforce.org.calls import Answer, ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zingle_sandbox.salesforce.soql.select import Header

DELIMITERS = {
    "COMMA": ",",
    "BACKQUOTE": "`",
    "CARET": "^",
    "PIPE": "|",
    "SEMICOLON": ";",
    "TAB": "\t",
}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7


def _text(value: Any) -> str:  # noqa: ANN401 - whatever the column holds
    return str(value).replace('"', '""')


def _boolean(value: Any) -> str:  # noqa: ANN401 - whatever the column holds
    return "true" if value else "false"


def _datetime(value: Any) -> str:  # noqa: ANN401 - whatever the column holds
    return str(value).replace("+0000", "Z")


def _number(value: Any) -> str:  # noqa: ANN401 - whatever the column holds
    """A double as Java prints it: `3.0`, `9.5E8`."""
    number = float(value)
    if number == 0 or _PLAIN_FROM <= abs(number) < _PLAIN_BELOW:
        return repr(number)
    shortest = next(
        short for precision in range(18) if float(short := f"{number:.{precision}e}") == number
    )
    digits, _, exponent = shortest.partition("e")
    return f"{float(digits)!r}E{int(exponent)}"


def _writer(type_: str) -> Callable[[Any], str]:
    if type_ == "boolean":
        return _boolean
    if type_ == "datetime":
        return _datetime
    if type_ in NUMBERS and type_ != "int":
        return _number
    return _text


def decode_locator(locator: str | None) -> int:
    """The first row of a page; locators are the base64 of a row count.

    Raises:
        ApiError: 400; it is none.
    """
    if not locator:
        return 0
    try:
        return int(base64.b64decode(locator, validate=True))
    except (ValueError, binascii.Error) as error:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from error


def result_file(
    headers: Sequence[Header],
    rows: Sequence[Sequence[Any]],
    *,
    delimiter: str,
    line_ending: str,
    following: int | None,
) -> Answer:
    """A page of results; `Sforce-Locator` is the word `null` on the last one."""
    join, end = f'"{DELIMITERS[delimiter]}"', LINE_ENDINGS[line_ending]
    writers = [(header.at, _writer(header.type)) for header in headers]
    lines = ['"' + join.join(header.name for header in headers) + '"']
    lines += [
        '"'
        + join.join("" if (value := row[at]) is None else write(value) for at, write in writers)
        + '"'
        for row in rows
    ]
    locator = "null" if following is None else base64.b64encode(str(following).encode()).decode()
    return Answer(
        body=(end.join(lines) + end).encode(),
        headers={"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(rows))},
        media_type="text/csv",
    )

r"""Texts as people and Salesforce see them: cleaned, measured, cut between characters. Pure.

Every text of a guest, a user or another system passes `clean` or `one_line` before it is written.
Lengths are UTF-16 units with line ends as two, the most that Salesforce may count.
"""

from __future__ import annotations

import regex

from zingle_sync.texts import clean as without_controls

ELLIPSIS = "…"
SEEK_BREAK = 200
# Characters of all alphabets that begin a new line somewhere.
_LINE_ENDS = regex.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = regex.compile(r"[^\S\n]")
# What is no character, and what turns the order of its surroundings: with it one line could be
# made to look like another.
_UNSEEN = regex.compile(r"[\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_SHOWN = regex.compile(r"[^\p{Z}\p{C}\u115f\u1160\u2800\u3164\uffa0]")
_CHARACTER = regex.compile(r"\X")


def clean(text: str) -> str:
    r"""Text that Salesforce takes and shows, with plain line ends and blanks.

    >>> clean("a\x00b\r\nc\u2028\td")
    'ab\nc\n d'
    """
    text = _BLANKS.sub(" ", without_controls(_LINE_ENDS.sub("\n", _UNSEEN.sub("", text))))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def is_blank(text: str) -> bool:
    """Whether a reader sees nothing."""
    return not _SHOWN.search(text)


def one_line(text: str | None) -> str:
    """Cleaned text on a single line."""
    return " ".join(clean(text or "").split())


def units(text: str) -> int:
    r"""The length of a text as Salesforce may count it.

    >>> units("a\n👍")
    5
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + text.count("\n")


def shortened(text: str, limit: int) -> str:
    """The text in at most so many units; an ellipsis shows that something is missing."""
    if units(text) <= limit:
        return text
    head = text[: _fitting(text, limit - 1)].rstrip() + ELLIPSIS
    return head if units(head) <= limit else ""


def cut_at(text: str, budget: int, *, line_cost: int) -> int:
    """Where to cut a text so that the head fits: at a blank if one is near.

    Args:
        text: What is too long.
        budget: Units that fit.
        line_cost: Units that each further line takes besides its text.
    """
    end = _fitting(text, budget, line_cost)
    for back in range(end, max(end - SEEK_BREAK, 1), -1):
        if text[back - 1] in " \n":
            return back
    return end


def _fitting(text: str, budget: int, line_cost: int = 0) -> int:
    """How many code points fit, at least one; what a reader takes for one character stays whole.

    A character that alone is longer than the budget, of thousands of accents, is cut all the same.
    """
    end = size = 0
    for character in (match.group() for match in _CHARACTER.finditer(text)):
        size += units(character) + (line_cost if character == "\n" else 0)
        if size > budget:
            break
        end += len(character)
    if end or not text:
        return end
    size = 0
    for end, point in enumerate(text, 1):
        size += units(point)
        if size > budget:
            return max(end - 1, 1)
    return len(text)


def same_text(one: str | None, other: str | None) -> bool:
    r"""Whether Salesforce would show the same text: line ends and outer blanks don't count.

    >>> same_text("a\r\nb ", "a\nb")
    True
    """
    return _canonical(one) == _canonical(other)


def _canonical(text: str | None) -> str:
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()

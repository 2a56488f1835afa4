"""Refusals without what was sent: rules and triggers of the org quote as they like. Pure.

A word of Salesforce's own sentences belongs into `_OWN_WORDS`, so that a guest who happens to use
it does not take it out of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

HIDDEN = "…"
# Pieces of a private text are found from this length on: a trigger may quote half a message.
PIECE = 12
# Shorter texts may be a part of other words.
WORD = 8
_WORDS = """
a access activity and any apex assigned at bad be because been before by caused cannot character
choose class code column contact create created custom data date description does due duplicate
email empty entity error exception exist execution external failed false field fields filter
first flow for found from has have id in inactive incorrect insert insufficient invalid is it
label large lead length limit line locked long match max maximum may message missing must name
no not null of on one operation or organization out outside owner permission picklist priority
process range read record records reference related request required restricted rights rule
salesforce select set specified status string subject task text than that the these this to too
trigger true type unable unexpected unique update updated use user validation value was when
which will with write you your
"""
_OWN_WORDS = frozenset(_WORDS.split())
# Names that people have, too.
_NAMES_TOO = frozenset({"field", "fields", "large", "long", "max", "may", "read", "will"})
_WORD = re.compile(r"\w+")
_ID = re.compile(r"\b(?:00|a\d)[0-9A-Za-z]{13}(?:[A-Z0-5]{3})?\b")


def without(message: str, private: Collection[str]) -> str:
    """A message without these texts, and without pieces of them.

    >>> without("Rule: 'Two more towels, please' is not polite.", {"Two more towels, please!"})
    "Rule: '…' is not polite."
    >>> without("Subject is required.", {"subject", "is required"})
    'Subject is required.'
    """
    folded = _folded(message)
    hidden = [False] * len(message)
    pieces: set[str] = set()
    for text in private:
        plain = _folded(" ".join(text.split()))
        if len(plain) < PIECE:
            for start in _occurrences(plain, folded):
                hidden[start : start + len(plain)] = [True] * len(plain)
        pieces |= {plain[at : at + PIECE] for at in range(len(plain) - PIECE + 1)}
    for at in range(len(message) - PIECE + 1):
        if folded[at : at + PIECE] in pieces:
            hidden[at : at + PIECE] = [True] * PIECE
    for match in _ID.finditer(message):
        hidden[match.start() : match.end()] = [False] * len(match.group())
    return re.sub(rf"{HIDDEN}(?:\s*{HIDDEN})+", HIDDEN, "".join(_shown(message, hidden)))


def _folded(text: str) -> str:
    """Without case, and each character in its place."""
    return "".join(small if len(small := char.casefold()) == 1 else char for char in text)


def _occurrences(text: str, message: str) -> Iterator[int]:
    edges = (r"(?<!\w)", r"(?!\w)") if len(text) < WORD else ("", "")
    for match in re.finditer(edges[0] + re.escape(text) + edges[1], message):
        yield match.start()


def _shown(message: str, hidden: list[bool]) -> Iterator[str]:
    at = 0
    while at < len(message):
        end = next((i for i in range(at, len(message)) if hidden[i] != hidden[at]), len(message))
        run = message[at:end]
        # The blanks around it stay.
        yield run.replace(run.strip(), HIDDEN) if hidden[at] and not _is_salesforces(run) else run
        at = end


def _is_salesforces(run: str) -> bool:
    """Whether nothing of a text is told but words that Salesforce's own sentences have."""
    words = _WORD.findall(run)
    return all(
        word.lower() in _OWN_WORDS and (word.islower() or word.lower() not in _NAMES_TOO)
        for word in words
    )

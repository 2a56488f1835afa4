"""Countries as people write them, to ISO 3166 alpha-2.

What a country may be called stands in `country_names.py`: add to it what people write.
An empty text says nothing, and a default may take its place. A filled one that is not understood
is no reason to guess: whoever needs the country must do without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import normalize

import phonenumbers

from zingle_sync.texts import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Iterable

# A flag is two of these.
_FLAG_LETTERS = {0x1F1E6 + place: chr(ord("A") + place) for place in range(26)}
# What stands where there is no answer, letters only; add to it what your sources write.
_NO_ANSWERS = """
    blank empty missing nan nil none noanswer nocountry nodata notapplicable notavailable notgiven
    notknown notprovided notset notspecified null tba tbc tbd undefined unknown unspecified
    unbekannt keine keineangabe inconnu inconnue aucun nonrenseigne nonspecifie desconocido ninguno
    sconosciuto nessuno onbekend geen desconhecido nenhum 不明 なし 未記入 select selectone
    selectcountry selectacountry pleaseselect choose chooseone sindatos noaplica naoinformado 없음
"""
_NOTHING = frozenset(_NO_ANSWERS.split())
# "n/a", "k. A."; Namibia's code is one word.
_NOT_AVAILABLE = re.compile(r"\W*[nk]\W+a\W*", re.IGNORECASE)
_LONGEST = 200
_TURNED = re.compile(r"([^,(]+?)\s*[,(]\s*([^,()]+?)\s*\)?")
_BETWEEN = re.compile("\\s+[-\u2013\u2014]\\s+|[/|,;()]")


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A text that is filled and names no country, or more than one.

    Attributes:
        text: What stands there, stripped.
    """

    text: str


def country_of(text: str | None) -> str | NotUnderstood | None:
    """The ISO 3166 alpha-2 code of a country's code or name.

    Args:
        text: `US`, `usa`, `United States of America (the)`, `Deutschland`, `P.R. China` …

    Returns:
        The code; None for a text that says nothing, such as a dash, "N/A" or "unknown".

    >>> country_of("united states"), country_of("Trinidad & Tobago"), country_of(" - ")
    ('US', 'TT', None)
    >>> country_of("Atlantis")
    NotUnderstood(text='Atlantis')
    """
    stripped = (text or "").translate(_FLAG_LETTERS).strip()
    if says_nothing(stripped):
        return None
    code = (
        None
        if len(stripped) > _LONGEST
        else _code_of(INVISIBLE.sub("", normalize("NFKC", stripped)).strip())
    )
    return code or NotUnderstood(stripped)


@lru_cache(maxsize=4096)
def says_nothing(text: str) -> bool:
    """Whether a text is what people type where they have no answer.

    >>> says_nothing("--None--"), says_nothing("N/A"), says_nothing("NA"), says_nothing("Atlantis")
    (True, True, False, False)
    """
    letters = "".join(filter(str.isalnum, normalize("NFKD", text).casefold()))
    return not letters or letters in _NOTHING or bool(_NOT_AVAILABLE.fullmatch(text))


def first_country(texts: Iterable[str | None]) -> str | NotUnderstood | None:
    """The country of the first text that is understood, such as a code before a name.

    Returns:
        Its code; the first filled text where none is understood; None where all are empty.

    >>> first_country(["", "Atlantis", "Peru"]), first_country([None, "Atlantis"])
    ('PE', NotUnderstood(text='Atlantis'))
    """
    countries = [country for text in texts if (country := country_of(text)) is not None]
    codes = (country for country in countries if isinstance(country, str))
    return next(codes, countries[0] if countries else None)


def phone_region(country: str | NotUnderstood | None, default: str | None) -> str | None:
    """The region for numbers without `+`: the default stands in for an empty country alone.

    >>> phone_region(None, "US"), phone_region("CN", "US"), phone_region(NotUnderstood("?"), "US")
    ('US', 'CN', None)
    """
    return default if country is None else country if isinstance(country, str) else None


@lru_cache(maxsize=4096)
def _code_of(text: str) -> str | None:
    if text.isascii() and text.upper() in phonenumbers.SUPPORTED_REGIONS:
        return text.upper()
    # What follows loads a few thousand names, which codes alone never need.
    from zingle_sync.identity.country_names import code_by_name, fold  # noqa: PLC0415 - see above

    if found := code_by_name(text):
        return found
    turned = _TURNED.fullmatch(text)
    if turned and (found := code_by_name(f"{turned[2]} {turned[1]}")):
        return found
    # "Germany (DE)", "England, UK": several names of one country, each of them known.
    codes = {code_by_name(part.strip()) for part in _BETWEEN.split(text) if fold(part)}
    return codes.pop() if len(codes) == 1 else None


def region_code(value: str | None) -> str | None:
    """The code of a country that is understood, or None."""
    country = country_of(value)
    return country if isinstance(country, str) else None

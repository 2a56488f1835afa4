"""Country codes and country names to ISO 3166 alpha-2 regions."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers.geodata.locale import LOCALE_DATA

_ALPHA_2 = 2
# What people write that the locale data does not know as a name.
_ALIASES = {
    "america": "US",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uk": "GB",
    "us of a": "US",
    "usa": "US",
    "united states of america": "US",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "korea": "KR",
    "republic of korea": "KR",
    "russian federation": "RU",
    "viet nam": "VN",
}


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@lru_cache(maxsize=1)
def _regions_by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for region, translations in LOCALE_DATA.items():
        for name in translations.values():
            # A leading asterisk points to another language's spelling.
            if not name.startswith("*"):
                names.setdefault(_fold(name), region)
    for region, translations in LOCALE_DATA.items():
        if english := translations.get("en"):
            names[_fold(english)] = region
    names.update(_ALIASES)
    return names


@lru_cache(maxsize=4096)
def region_code(value: str | None) -> str | None:
    """The ISO 3166 alpha-2 code of a country code or country name, in any language.

    Args:
        value: ``US``, ``us``, ``United States``, ``Deutschland`` …; None and blanks are allowed.

    Returns:
        A region that phone metadata exists for, or None.

    >>> region_code("united states"), region_code("Deutschland"), region_code("Atlantis")
    ('US', 'DE', None)
    """
    text = (value or "").strip()
    if not text:
        return None
    if len(text) == _ALPHA_2 and text.upper() in phonenumbers.SUPPORTED_REGIONS:
        return text.upper()
    region = _regions_by_name().get(_fold(text))
    return region if region in phonenumbers.SUPPORTED_REGIONS else None

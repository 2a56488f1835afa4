"""Country codes and country names to ISO 3166 alpha-2 regions."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location

import phonenumbers

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


def _country_names() -> dict[str, dict[str, str]]:
    """Country names by region and language, out of phonenumbers' own data.

    The module is loaded by its file: importing it by name would first load its package, seconds
    and 100 MB of geocoding tables.
    """
    (folder,) = phonenumbers.__path__
    spec = spec_from_file_location("phonenumbers.geodata.locale", f"{folder}/geodata/locale.py")
    if spec is None or spec.loader is None:
        raise ImportError("phonenumbers has no geodata/locale.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    names: dict[str, dict[str, str]] = module.LOCALE_DATA
    return names


def _fold(name: str) -> str:
    """Without accents, case and extra blanks."""
    parts = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in parts if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


@lru_cache(maxsize=1)
def _regions_by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    known = _country_names()
    for region, translations in known.items():
        for name in translations.values():
            # A leading asterisk points to another language's spelling.
            if not name.startswith("*"):
                names.setdefault(_fold(name), region)
    for region, translations in known.items():
        if english := translations.get("en"):
            names[_fold(english)] = region
    names.update(_ALIASES)
    return names


@lru_cache(maxsize=4096)
def region_code(value: str | None) -> str | None:
    """The ISO 3166 alpha-2 code of a country code or country name, in any language.

    Args:
        value: `US`, `us`, `United States`, `Deutschland` …; None and blanks are allowed.

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

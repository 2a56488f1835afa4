"""Names, streets and companies as people of a country write them, from `faker`'s lists.

The same version of `faker` gives the same words; what it has no words like, we add by hand:
apostrophes, hyphens, blanks, letters that few fonts know, surnames of two signs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from anyascii import anyascii
from faker.factory import Factory

if TYPE_CHECKING:
    from collections.abc import Callable

    from faker.generator import Generator

_SEED = 20_260_302
_MANY = 40


@dataclass(frozen=True, slots=True)
class Name:
    """A first or last name and its ASCII spelling, lower-case letters alone."""

    native: str
    latin: str


@dataclass(frozen=True)
class Culture:
    """What people of some countries are called.

    Attributes:
        countries: ISO 3166 alpha-2 codes, more frequent ones repeated.
        locales: of `faker`, whose names are mixed.
        language: ISO 639-1, in which they text.
        family_first: the full name is written family name first.
        rare_first, rare_last: names beside those of `faker`, `|` between two.
    """

    countries: tuple[str, ...]
    locales: tuple[str, ...]
    language: str
    family_first: bool = False
    rare_first: str = ""
    rare_last: str = ""

    @cached_property
    def first(self) -> tuple[Name, ...]:
        """First names."""
        return self._names("first_name", self.rare_first)

    @cached_property
    def last(self) -> tuple[Name, ...]:
        """Family names."""
        return self._names("last_name", self.rare_last)

    def _names(self, kind: str, rare: str) -> tuple[Name, ...]:
        words = [word for word in rare.split("|") if word]
        for locale in self.locales:
            words += _words(locale, "person", kind, _MANY)
        spelt = {word: re.sub(r"[^a-z]", "", anyascii(word).lower()) for word in words}
        return tuple(Name(native, latin) for native, latin in spelt.items() if latin)


@lru_cache(maxsize=128)
def _words(locale: str, provider: str, kind: str, count: int) -> tuple[str, ...]:
    """So many different words of a kind, or as many as a locale has."""
    generator = _generator(locale, provider)
    generator.seed_instance(_SEED)
    word: Callable[[], str] = getattr(generator, kind)
    return tuple(dict.fromkeys(word() for _ in range(count * 3)))[:count]


@lru_cache(maxsize=128)
def _generator(locale: str, provider: str) -> Generator:
    # Companies are called after people.
    needed = dict.fromkeys((f"faker.providers.{provider}", "faker.providers.person"))
    return Factory.create(locale, providers=list(needed))


def streets(country: str) -> tuple[str, ...]:
    """Streets with house numbers of a country (ISO 3166 alpha-2), else English ones."""
    return _words(_ADDRESSES.get(country, "en_US"), "address", "street_address", _MANY)


@lru_cache(maxsize=1)
def companies() -> tuple[str, ...]:
    """Customers of the org, one of them with an ampersand."""
    locales = ("en_US", "en_GB", "de_DE", "fr_FR", "es_MX")
    words = [word for locale in locales for word in _words(locale, "company", "company", 4)]
    return ("Meridian & Vale", *words[1:])


# Countries whose streets `faker` knows.
_ADDRESSES = {
    "GB": "en_GB",
    "CA": "en_CA",
    "AU": "en_AU",
    "NZ": "en_NZ",
    "IE": "en_IE",
    "MX": "es_MX",
    "ES": "es_ES",
    "AD": "es_ES",
    "CO": "es_CO",
    "AR": "es_AR",
    "BR": "pt_BR",
    "PT": "pt_PT",
    "FR": "fr_FR",
    "NC": "fr_FR",
    "CH": "fr_CH",
    "DE": "de_DE",
    "IT": "it_IT",
    "NL": "nl_NL",
    "SE": "sv_SE",
    "NO": "no_NO",
    "PL": "pl_PL",
    "GR": "el_GR",
    "JP": "ja_JP",
    "CN": "zh_CN",
    "TW": "zh_TW",
    "KR": "ko_KR",
    "IN": "en_IN",
    "IL": "he_IL",
}

ENGLISH = Culture(
    ("US", "US", "US", "US", "US", "US", "CA", "GB", "GB", "AU", "NZ", "IE", "ZA"),
    ("en_US", "en_GB"),
    "en",
    rare_first="Siobhán|Seán|Zoë|Mary-Jane|Jean-Luc",
    rare_last="O'Brien|McAllister|Ó Conaill|D'Angelo|Smith-Jones|Van Dyke|St. John",
)
SPANISH = Culture(
    ("MX", "MX", "ES", "ES", "AR", "CO", "US", "US", "AD"),
    ("es_MX", "es_ES"),
    "es",
    rare_last="De la Cruz|Núñez|Ibáñez",
)
PORTUGUESE = Culture(("BR", "BR", "PT"), ("pt_BR", "pt_PT"), "pt", rare_last="Assunção")
FRENCH = Culture(
    ("FR", "FR", "CH", "CA", "NC"), ("fr_FR",), "fr", rare_first="Loïc", rare_last="L'Héritier"
)
GERMAN = Culture(("DE", "DE", "DE", "CH"), ("de_DE",), "de", rare_last="Groß|Weiß|Von Berg")
EUROPEAN = Culture(
    ("IT", "IT", "NL", "SE", "PL", "GR", "TR", "MT"),
    ("it_IT", "nl_NL", "sv_SE", "pl_PL", "el_GR", "tr_TR"),
    "it",
    rare_first="Łukasz|Öykü|İbrahim",
    rare_last="Y\u0131lmaz|Łuczak|Van den Berg",
)
NORTHERN = Culture(("NO", "NO", "EE", "FO"), ("no_NO", "et_EE"), "en", rare_last="Ærø|Åsgård")
JAPANESE = Culture(
    ("JP",), ("ja_JP",), "ja", family_first=True, rare_first="ケンジ|さくら", rare_last="髙﨑"
)
CHINESE = Culture(
    ("CN", "CN", "TW", "HK"), ("zh_CN", "zh_TW"), "zh", family_first=True, rare_last="歐陽|司马"
)
KOREAN = Culture(("KR",), ("ko_KR",), "ko", family_first=True)
ARABIC = Culture(("AE", "AE", "SA", "EG"), ("ar_SA",), "ar", rare_last="عبد الله")
SOUTH_ASIAN = Culture(("IN", "IN", "SG", "GB"), ("en_IN", "hi_IN"), "en")
HEBREW = Culture(("IL",), ("he_IL",), "he", rare_last="בן-דוד")

# (culture, share of the people in percent)
CULTURES: tuple[tuple[Culture, int], ...] = (
    (ENGLISH, 44),
    (SPANISH, 14),
    (FRENCH, 6),
    (GERMAN, 6),
    (EUROPEAN, 6),
    (PORTUGUESE, 4),
    (JAPANESE, 5),
    (CHINESE, 5),
    (ARABIC, 3),
    (SOUTH_ASIAN, 3),
    (NORTHERN, 2),
    (KOREAN, 1),
    (HEBREW, 1),
)

MAIL_DOMAINS = (
    "mailbox-demo.net",
    "postbox-demo.net",
    "letters-demo.org",
    "inbox-demo.co",
    "travelmail-demo.com",
)

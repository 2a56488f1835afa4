"""The names of countries: ISO's and CLDR's, in many languages, and what else people write.

ISO's codes, names and official names with their translations come with pycountry, CLDR's names
with phonenumbers. `_ALSO` holds what neither knows: add to it what your sources write.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

import phonenumbers
import pycountry

if TYPE_CHECKING:
    from collections.abc import Iterator

# As pycountry names them.
_LANGUAGES = """
    ar bg ca cs da de el es et fi fr he hr hu id it ja ko lt lv nb nl nn pl pt pt_BR ro ru sk sl sr
    sv th tr uk vi zh_CN zh_TW
"""
# How umlauts are written where a keyboard has none.
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})

# By code, separated by commas, in any spelling that `fold` evens out. Decided: "Congo" is ISO's
# name of CG; "Korea" alone is the South, for nobody texts the North; "Georgia" and "Jersey" are
# the countries; "Virgin Islands", "Channel Islands" and countries that are no more are not
# understood.
_ALSO = {
    "AC": "Ascension, Ascension Island",
    "AE": "UAE, Emirates, Arab Emirates",
    "AG": "Antigua",
    "BA": "Bosnia, Bosnia i Hercegovina, BiH",
    "BN": "Brunei",
    "BO": "Bolivia",
    "CD": (
        "DRC, DR Congo, Congo DR, Congo DRC, RD Congo, RDC, Congo Kinshasa, Zaire, "
        "Democratic Republic of Congo, Congo Democratic Republic"
    ),
    "CG": "Congo Brazzaville, Republic of Congo, Congo Republic",
    "CH": "SUI, Swiss, Swiss Confederation",
    "AU": "Commonwealth of Australia",
    "CA": "Dominion of Canada",
    "CI": "Ivory Coast, Cote Ivoire, Cote d Ivoire",
    "CN": (
        "PRC, PR China, PR of China, China PR, China PRC, Mainland China, China Mainland, "
        "Peoples Republic China"
    ),
    "CV": "Cape Verde, Cape Verde Islands",
    "CZ": "Czech Republic, Czech",
    "DE": "GER, BRD, FRG, West Germany, East Germany",
    "DK": "DEN",
    "DO": "Dominican Rep",
    "ES": "Espana, Espanya",
    "FK": "Falklands, Falkland Islands, Malvinas",
    "FM": "Micronesia, FSM",
    "GB": (
        "UK, United Kingdom of Great Britain and N Ireland, Great Britain, Britain, England, "
        "Scotland, Wales, Northern Ireland, N Ireland, "
        "United Kingdom of Great Britain, GB UK, Great Britain and Northern Ireland"
    ),
    "GM": "Gambia",
    "GR": "EL, GRE, Hellas",
    "HK": "Hong Kong SAR, Hong Kong China, HK SAR, HKSAR, Hongkong",
    "HR": "CRO",
    "IE": "Eire, Republic of Ireland, Southern Ireland, Irish Republic",
    "IR": "Iran, Persia",
    "KN": "Saint Kitts, Saint Christopher and Nevis",
    "KP": "North Korea, DPRK, DPR Korea, Korea North, Korea DPR",
    "KR": "Korea, South Korea, ROK, So Korea, Korea South, Korea Republic",
    "LA": "Laos, Lao, Lao PDR, Laos PDR",
    "LY": "Libya",
    "MD": "Moldova",
    "MK": "Macedonia, FYROM, FYR Macedonia, Former Yugoslav Republic of Macedonia",
    "MM": "Burma",
    "MO": "Macau, Macau SAR, Macao SAR, Macau China",
    "NL": "Holland, NED, Nederland, Kingdom of the Netherlands",
    "NZ": "Aotearoa, NZL",
    "PG": "PNG",
    "PK": "República Islâmica do Paquistão",
    "PS": "Palestine, Palestinian Territories, Palestinian Territory",
    "PT": "POR",
    "RU": "Russia",
    "SA": "KSA, Saudi",
    "SH": "Saint Helena",
    "SK": "Slovak Republic, Slovenská republika",
    "ST": "Sao Tome",
    "SY": "Syria",
    "SZ": "Swaziland",
    "TA": "Tristan da Cunha",
    "TC": "Turks and Caicos",
    "TL": "East Timor",
    "TR": "Turkey, Turkiye",
    "TT": "Trinidad",
    "TW": "Taiwan, ROC, Republic of China, Taiwan ROC, Chinese Taipei, Formosa",
    "TZ": "Tanzania",
    "US": (
        "America, US of A, United States America, The States, EEUU, EE UU, EUA, "
        "Estados Unidos de America, Etats Unis d'Amerique, Vereinigte Staaten von Amerika, "
        "Stati Uniti d'America, Estados Unidos da America"
    ),
    "VA": "Vatican, Vatican City, Vatican City State",
    "VC": "Saint Vincent",
    "VE": "Venezuela",
    "VG": "British Virgin Islands, BVI",
    "VI": "US Virgin Islands, USVI, American Virgin Islands",
    "VN": "Vietnam",
    "XK": "Kosovo, Kosova, XKX, Republic of Kosovo",
    "ZA": "RSA",
    "ZM": "República de Zambia, República de Zàmbia, República de Zâmbia",
}


# Letters that Unicode does not take apart, as they are written without them.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)
_JOINED = re.compile("['\u2019\u2018`\u00b4\u02bc\u200b-\u200f\u00ad\ufeff]")
_NO_WORD = re.compile(r"[^\w/]|_")
_DROPPED = {"the", "and", "/"}
_SHORT_WORDS = {
    "st": "saint",
    "rep": "republic",
    "dem": "democratic",
    "fed": "federal",
    "is": "islands",
    "isl": "islands",
    "s": "south",
    "n": "north",
}
_SPELT_OUT = re.compile(r"\b(?:\w )+\w\b")


def fold(name: str) -> str:
    """A name without what people leave out or write in another way.

    >>> fold("The Côte d'Ivoire"), fold("U. S. A."), fold("St. Kitts & Nevis")
    ('cote divoire', 'usa', 'saint kitts nevis')
    """
    parts = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN_LETTERS))
    kept = _JOINED.sub("", "".join(char for char in parts if not unicodedata.combining(char)))
    # A slash stays a word until letters are put together: N/A is no country.
    spaced = " ".join(_NO_WORD.sub(" ", kept.replace("/", " / ")).split())
    words = _SPELT_OUT.sub(lambda match: match[0].replace(" ", ""), spaced).split()
    if len(words) > 1:
        words = [_SHORT_WORDS.get(word, word) for word in words if word not in _DROPPED]
    return " ".join(words)


def code_by_name(text: str) -> str | None:
    """ISO 3166 alpha-2 of a code or a name; None where no country has it, or two have.

    >>> code_by_name("u.k."), code_by_name("Bỉ"), code_by_name("bi")
    ('GB', 'BE', 'BI')
    """
    key = fold(text)
    # Letters under an accent are no code: Belgium is Bỉ in Vietnamese, BI is Burundi.
    return (_codes().get(key) if text.isascii() else None) or _names().get(key)


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """By folded code: ISO's, and the short forms that people write in capitals."""
    iso = {fold(code): country for country, code, is_code in _from_iso() if is_code}
    return iso | {fold(name): code for code, name in _also() if name.isupper()}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """By folded name; a name that languages give to two countries is left out."""
    spelt: defaultdict[str, set[str]] = defaultdict(set)
    for code, name in (*_translated(), *((code, name) for code, _, name in _from_cldr())):
        low = name.casefold()
        spelt[low].add(code)
        spelt[low.translate(_UMLAUTS)].add(code)
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for name, codes in spelt.items():
        meant[fold(name)] |= codes
    names = {name: codes.pop() for name, codes in meant.items() if len(codes) == 1}
    # Who is surer writes over who is not.
    names |= {fold(name): code for code, language, name in _from_cldr() if language == "en"}
    names |= {fold(name): code for code, name, is_code in _from_iso() if not is_code}
    names |= {fold(name): code for code, name in _also()}
    names.pop("", None)
    return names


def _also() -> Iterator[tuple[str, str]]:
    return ((code, name) for code, texts in _ALSO.items() for name in texts.split(", "))


@lru_cache(maxsize=1)
def _from_iso() -> list[tuple[str, str, bool]]:
    """ISO's names by alpha-2, and whether it is a code; `Korea, Republic of` is turned, too."""
    entries = []
    for country in pycountry.countries:
        known = dict(country)
        for field in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            if name := known.get(field):
                before, comma, after = name.partition(", ")
                names = (name, f"{after} {before}") if comma else (name,)
                entries += [(known["alpha_2"], one, field.startswith("alpha")) for one in names]
    return entries


def _translated() -> Iterator[tuple[str, str]]:
    """ISO's names in other languages."""
    for language in _LANGUAGES.split():
        words = gettext.translation(
            "iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True
        )
        for code, name, _ in _from_iso():
            if (translated := words.gettext(name)) != name:
                yield code, translated


@lru_cache(maxsize=1)
def _from_cldr() -> list[tuple[str, str, str]]:
    """CLDR's names by code and language.

    The module is loaded by its file: importing it by name would first load its package, seconds
    and 100 MB of geocoding tables.
    """
    (folder,) = phonenumbers.__path__
    spec = spec_from_file_location("phonenumbers.geodata.locale", f"{folder}/geodata/locale.py")
    if spec is None or spec.loader is None:
        raise ImportError("phonenumbers has no geodata/locale.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    of_today = phonenumbers.SUPPORTED_REGIONS | {code for code, _, _ in _from_iso()}
    return [
        (code, language, name)
        for code, names in module.LOCALE_DATA.items()
        if code in of_today
        for language, name in names.items()
        if not name.startswith("*")  # points to another language's spelling
    ]

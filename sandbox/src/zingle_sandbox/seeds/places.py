"""Countries as address books hold them, and telephone numbers that nobody answers.

Patterns come from ranges that regulators keep for drama (US, CA, GB, FR, DE, AU) or else are runs
of zeros inside a valid mobile range; each is valid in Google's numbering metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


@dataclass(frozen=True, slots=True)
class Country:
    """How an org writes one country.

    Attributes:
        code: ISO 3166 alpha-2.
        names: what people type into a country field; each one is resolvable.
        city, state, postal_code: of an address there.
        phones: E.164 patterns without `+`, `#` for any digit.
    """

    code: str
    names: tuple[str, ...]
    city: str
    state: str | None
    postal_code: str
    phones: tuple[str, ...]


_US_AREAS = (
    *(201, 202, 206, 212, 213, 214, 303, 305, 310, 312, 404, 415, 503),
    *(512, 602, 614, 617, 702, 704, 713, 718, 773, 808, 857, 917, 971),
)

COUNTRIES: dict[str, Country] = {
    country.code: country
    for country in (
        Country(
            "US",
            ("United States", "United States", "US", "us", "U.S.A.", "USA"),
            "Boston",
            "MA",
            "02110",
            tuple(f"1{area}555####" for area in _US_AREAS),
        ),
        Country(
            "CA",
            ("Canada", "CA"),
            "Toronto",
            "ON",
            "M5H 2N2",
            ("1416555####", "1514555####", "1604555####"),
        ),
        Country(
            "GB",
            ("United Kingdom", "GB", "United Kingdom", "UK", "Great Britain", "England"),
            "London",
            None,
            "SE1 9GF",
            ("442079460###", "441174960###", "441314960###", "441614960###", "441134960###"),
        ),
        Country("IE", ("Ireland",), "Dublin", None, "D02 X285", ("3538500#####",)),
        Country(
            "AU",
            ("Australia", "AU"),
            "Sydney",
            "NSW",
            "2000",
            ("6125550####", "6135550####", "6185550####"),
        ),
        Country("NZ", ("New Zealand",), "Auckland", None, "1010", ("642100####",)),
        Country("ZA", ("South Africa",), "Cape Town", None, "8001", ("2771000####",)),
        Country(
            "MX",
            ("Mexico", "MX", "México"),
            "Guadalajara",
            "JAL",
            "44100",
            ("5255000#####", "5233100#####"),
        ),
        Country("ES", ("Spain", "ES", "España"), "Sevilla", None, "41001", ("346000#####",)),
        Country("AR", ("Argentina",), "Rosario", None, "S2000", ("5491100######",)),
        Country("CO", ("Colombia",), "Bogotá", None, "110111", ("573100######",)),
        Country(
            "BR", ("Brazil", "BR", "Brasil"), "São Paulo", "SP", "01310-100", ("55119910#####",)
        ),
        Country("PT", ("Portugal",), "Porto", None, "4000-322", ("3519100#####",)),
        Country(
            "FR",
            ("France", "FR"),
            "Lyon",
            None,
            "69002",
            ("3319900####", "3326191####", "3335301####"),
        ),
        Country(
            "CH",
            ("Switzerland", "Schweiz", "Suisse"),
            "Genève",
            None,
            "1201",
            ("4179000####", "4178000####"),
        ),
        Country(
            "DE",
            ("Germany", "DE", "Deutschland"),
            "Köln",
            None,
            "50667",
            ("493023125###", "491522881####"),
        ),
        Country("IT", ("Italy", "IT", "Italia"), "Firenze", None, "50122", ("3932000#####",)),
        Country(
            "NL",
            ("Netherlands", "The Netherlands", "Holland"),
            "Utrecht",
            None,
            "3511 LN",
            ("316100#####",),
        ),
        Country("SE", ("Sweden",), "Malmö", None, "211 20", ("467001#####",)),
        Country("PL", ("Poland",), "Łódź", None, "90-001", ("4851200####",)),
        Country("GR", ("Greece",), "Αθήνα", None, "105 57", ("306900000###",)),
        Country("TR", ("TR",), "İzmir", None, "35210", ("9050100#####",)),
        Country(
            "JP",
            ("Japan", "JP", "日本"),
            "横浜市",
            "神奈川県",
            "231-0023",
            ("8190100#####", "8170100#####"),
        ),
        Country("CN", ("China", "CN"), "上海", None, "200001", ("861380000####", "861390000####")),
        Country("TW", ("Taiwan",), "台北市", None, "100", ("8869000#####",)),
        Country("HK", ("HK",), "香港", None, "", ("8525100####",)),
        Country(
            "KR", ("South Korea", "Korea, Republic of"), "서울", None, "04524", ("82102000####",)
        ),
        Country("IN", ("India", "IN"), "Pune", "MH", "411001", ("9198000#####",)),
        Country("SG", ("Singapore",), "Singapore", None, "048616", ("658100####",)),
        Country("AE", ("United Arab Emirates", "AE", "UAE"), "دبي", None, "", ("9715000#####",)),
        Country("SA", ("Saudi Arabia",), "الرياض", None, "11564", ("9665000#####",)),
        Country("EG", ("Egypt",), "القاهرة", None, "11511", ("2010000#####",)),
        Country("NO", ("Norway", "Norge"), "Bergen", None, "5003", ("474000####",)),
        # Numbers of six to eight digits, which look like parts of longer ones.
        Country("EE", ("Estonia", "Eesti"), "Tartu", None, "51003", ("3725000###",)),
        Country("FO", ("Faroe Islands",), "Tórshavn", None, "100", ("298500###",)),
        Country("MT", ("Malta",), "Valletta", None, "VLT 1117", ("35679000###",)),
        Country("AD", ("Andorra",), "Andorra la Vella", None, "AD500", ("376300###",)),
        Country("NC", ("New Caledonia",), "Nouméa", None, "98800", ("687750###",)),
        Country("IL", ("Israel",), "תל אביב", None, "6688101", ("972500000###",)),
    )
}


def new_phone(country: Country, chance: random.Random, taken: set[str]) -> str:
    """An E.164 number of that country that nobody in `taken` has; it is added there."""
    while True:
        pattern = chance.choice(country.phones)
        digits = "".join(str(chance.randrange(10)) if mark == "#" else mark for mark in pattern)
        number = f"+{digits}"
        if number not in taken:
            taken.add(number)
            return number

"""Countries as people write them."""

import subprocess
import sys
from collections.abc import Callable

import phonenumbers
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.identity import (
    NotUnderstood,
    country_names,
    country_of,
    first_country,
    phone_region,
)
from zingle_sync.identity.countries import says_nothing

ISO = [
    (name, country["alpha_2"])
    for country in map(dict, pycountry.countries)
    for field in ("alpha_2", "alpha_3", "name", "official_name", "common_name")
    if (name := country.get(field))
]


@pytest.mark.parametrize("change", [str, str.upper, str.lower, "  {}  ".format, "{}.".format])
def test_every_name_and_code_of_iso_is_known(change: object) -> None:
    """Both codes, the short, the official and the common name, in any case."""
    assert [] == [name for name, code in ISO if country_of(change(name)) != code]  # type: ignore[operator]


def test_every_region_with_a_numbering_plan_has_a_code() -> None:
    """Kosovo and Ascension are no ISO countries; their phones are phones."""
    assert [] == [code for code in phonenumbers.SUPPORTED_REGIONS if country_of(code) != code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("england", "GB"),
        ("England, UK", "GB"),
        ("Northern Ireland", "GB"),
        ("United Kingdom of Great Britain & N. Ireland", "GB"),
        ("USA", "US"),
        ("U. S. A.", "US"),
        ("U.S. of A.", "US"),
        ("america", "US"),
        ("The United States", "US"),
        ("EE. UU.", "US"),
        ("US - United States", "US"),
        ("P.R. China", "CN"),
        ("P.R.China", "CN"),
        ("St.Kitts-Nevis", "KN"),
        ("S.Korea", "KR"),
        ("China, People's Republic of", "CN"),
        ("Mainland China", "CN"),
        ("Hong Kong S.A.R.", "HK"),
        ("Macau", "MO"),
        ("Taiwan, Province of China", "TW"),
        ("Holland", "NL"),
        ("The Netherlands", "NL"),
        ("Netherlands (the)", "NL"),
        ("Trinidad & Tobago", "TT"),
        ("Trinidad and Tobago", "TT"),
        ("Bosnia-Herzegovina", "BA"),
        ("St. Kitts & Nevis", "KN"),
        ("Saint Lucia", "LC"),
        ("Côte d'Ivoire", "CI"),
        ("COTE D\u2019IVOIRE", "CI"),
        ("Ivory Coast", "CI"),
        ("México", "MX"),
        ("Brasil", "BR"),
        ("Österreich", "AT"),
        ("Oesterreich", "AT"),
        ("Deutschland", "DE"),
        ("Bundesrepublik Deutschland", "DE"),
        ("Germany (DE)", "DE"),
        ("GER", "DE"),
        ("Schweiz", "CH"),
        ("Suisse / Schweiz / Svizzera", "CH"),
        ("République française", "FR"),
        ("España", "ES"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("Korea, Republic of", "KR"),
        ("Korea (Republic of)", "KR"),
        ("South Korea", "KR"),
        ("S. Korea", "KR"),
        ("North Korea", "KP"),
        ("Russian Federation", "RU"),
        ("Россия", "RU"),
        ("中国", "CN"),
        ("日本", "JP"),
        ("대한민국", "KR"),
        ("Viet Nam", "VN"),
        ("Vietnam", "VN"),
        ("Czech Rep.", "CZ"),
        ("Burma/Myanmar", "MM"),
        ("Swaziland", "SZ"),
        ("DR Congo", "CD"),
        ("Congo (Kinshasa)", "CD"),
        ("Congo-Brazzaville", "CG"),
        ("Iran (Islamic Republic of)", "IR"),
        ("Venezuela, Bolivarian Republic of", "VE"),
        ("Lao PDR", "LA"),
        ("UAE", "AE"),
        ("Kosovo", "XK"),
        ("Éire", "IE"),
        ("\U0001f1e9\U0001f1ea", "DE"),
        ("United\u00a0Kingdom", "GB"),
        ("\uff35\uff33\uff21", "US"),
        ("\u200bUSA", "US"),
        ("Bỉ", "BE"),
        ("Áo", "AT"),
        ("Mỹ", "US"),
    ],
)
def test_what_people_write_is_known(text: str, code: str) -> None:
    """Other spellings, languages, dots, accents and word orders name the same country."""
    assert code == country_of(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Congo", "CG"),
        ("Korea", "KR"),
        ("Georgia", "GE"),
        ("Jersey", "JE"),
        ("Guinea", "GN"),
        ("Niger", "NE"),
        ("Dominica", "DM"),
        ("NA", "NA"),
        ("CA", "CA"),
    ],
)
def test_names_with_two_meanings_are_decided(text: str, code: str) -> None:
    """A country's own name is that country, whatever else has the same name."""
    assert code == country_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Atlantis",
        "Unknown Republic",
        "None of these",
        "other",
        "abroad",
        "test",
        "N",
        "New Jersey",
        "California",
        "Georgia, USA",
        "Mexico/USA",
        "China (Taiwan)",
        "London, UK",
        "Virgin Islands",
        "Channel Islands",
        "Yugoslavia",
        "Netherlands Antilles",
        "Untied States",
        "+86",
        "1",
        "ZZ",
        "Europe",
    ],
)
def test_a_filled_text_that_is_no_country_is_kept_as_it_is(text: str) -> None:
    """What is not understood, or means two countries, is never taken for another or for empty."""
    assert NotUnderstood(text) == country_of(f" {text} ")


LANGUAGES = [
    "ar",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "fi",
    "fr",
    "he",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "nb",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sv",
    "th",
    "tr",
    "uk",
    "zh",
]


def test_cldrs_names_in_the_common_languages_are_known() -> None:
    """A name of today's country in any of these languages is that country's, not another's code."""
    names = [
        (name, code) for code, language, name in country_names._from_cldr() if language in LANGUAGES
    ]

    assert len(names) > 2000
    assert [] == [(name, code) for name, code in names if country_of(name) != code]


@pytest.mark.parametrize("text", [None, "", "  ", "-", "--", "\u200b", "?", "...", "-" * 900])
def test_a_text_without_letters_is_empty(text: str | None) -> None:
    """A dash in a field says as little as nothing."""
    assert country_of(text) is None


# What people, forms and spreadsheets put where they have no answer.
NO_ANSWERS = [
    *("N/A", "n.a.", "n. a.", "n/a", "#N/A", "unknown", "none", "--None--", "<none>", "null"),
    *("nil", "NaN", "undefined", "(unspecified)", "not specified", "Not Available", "not known"),
    *("Not Applicable", "not provided", "no answer", "blank", "empty", "missing", "TBD", "tba"),
    *("unbekannt", "keine Angabe", "k. A.", "inconnu", "non renseign\u00e9", "desconocido"),
    *("ninguno", "sconosciuto", "nessuno", "onbekend", "geen", "desconhecido", "nenhum"),
    *("\u4e0d\u660e", "\u306a\u3057", "--Select--", "Please select", "sin datos"),
]


@pytest.mark.parametrize("text", NO_ANSWERS)
@pytest.mark.parametrize("change", [str, str.upper, str.lower, " {} ".format, "{}.".format])
def test_a_word_for_no_answer_is_empty(text: str, change: Callable[[str], str]) -> None:
    """Whoever has no answer says nothing, so the default country stands in, or a name beside it."""
    typed = change(text)

    assert country_of(typed) is None
    assert "US" == phone_region(first_country([typed, None]), "US")
    assert "PE" == first_country([typed, "Peru"])


@given(st.sampled_from([name for name, _ in ISO]), st.sampled_from(NO_ANSWERS))
def test_no_answer_beside_a_country_is_not_the_country_that_it_spells(
    name: str, nothing: str
) -> None:
    """A word for no answer never changes what a name means, and no name is a word for none."""
    assert country_of(name) == first_country([nothing, name, nothing])
    assert country_of(f"{nothing} {name} republic") is not None


@given(st.text() | st.sampled_from([name for name, _ in ISO]).map(lambda name: f"{name} x"))
def test_any_text_is_a_code_or_itself_or_empty(text: str) -> None:
    """Nothing that is typed raises, and a code is always a code that is read as itself."""
    country = country_of(text)

    match country:
        case None:
            assert not any(map(str.isalnum, text)) or says_nothing(text)
        case NotUnderstood():
            assert country.text in text
        case code:
            assert code == country_of(code)


def test_only_an_empty_country_lets_the_default_in() -> None:
    """A filled and unknown country must not become the service's own."""
    regions = [phone_region(country_of(text), "US") for text in ("", "Peru", "Atlantis")]

    assert ["US", "PE", None] == regions


def test_the_first_country_that_is_understood_counts() -> None:
    """A code field beside a name field: what one does not say, the other may."""
    assert ("CN", NotUnderstood("?x"), None) == (
        first_country(["", "Middle Kingdom", "cn"]),
        first_country([None, "?x"]),
        first_country(["", None]),
    )


def test_codes_alone_load_no_names() -> None:
    """A plugin whose source has codes does not pay for the names."""
    code = (
        "import sys; from zingle_sync.identity import country_of; country_of('DE');"
        "print('pycountry' in sys.modules, 'phonenumbers.geodata.locale' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False False" == done.stdout.strip()

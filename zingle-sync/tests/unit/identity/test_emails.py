"""E-mail addresses as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.identity import (
    UnusableEmail,
    country_of,
    email_forms,
    normalise_email,
    parse_phones,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('"john doe"@hotel.org', '"john doe"@hotel.org'),
        ("john..doe@docomo.ne.jp", "john..doe@docomo.ne.jp"),
        ("name.@docomo.ne.jp", "name.@docomo.ne.jp"),
        ("user@[192.168.1.1]", "user@[192.168.1.1]"),
        ("O'Brien+spa!x@hotel.com", "o'brien+spa!x@hotel.com"),
        ("josé@hotel.es", "josé@hotel.es"),
        ("Ann@Bücher.DE", "ann@xn--bcher-kva.de"),
        ("Ann Lee <Ann@hotel.com>", "ann@hotel.com"),
        ("mailto:ann@hotel.com", "ann@hotel.com"),
        ("ann@hotel.com;", "ann@hotel.com"),
        ("ann@hotel.com (work)", "ann@hotel.com"),
        ("\ufeffann@hotel.com\u200b", "ann@hotel.com"),
        ("\u202aann\u00ad@hotel.com\u202c", "ann@hotel.com"),
    ],
)
def test_odd_addresses_that_get_mail_are_addresses(text: str, address: str) -> None:
    """What a mail server takes is usable, and what is copied along with it is no part of it."""
    assert address == normalise_email(text)


@pytest.mark.parametrize(
    "text",
    ["ann", "ann@hotel", "ann@@hotel.com", "a@b@c.com", "@hotel.com", "..@x.com", "ann@-x.com"],
)
def test_what_gets_no_mail_is_unusable(text: str) -> None:
    """A text without a mailbox or a domain is no address."""
    assert UnusableEmail("invalid") == normalise_email(text)


def test_nobodys_mailbox_is_known_by_its_address() -> None:
    """A display name does not make a person of it."""
    assert UnusableEmail("ignored") == normalise_email("Hotel <NoReply@hotel.com>")


@given(st.emails() | st.text())
def test_an_address_is_its_own_normal_form(text: str) -> None:
    """Normalising twice changes nothing, so both pipelines compare the same text."""
    address = normalise_email(text)
    if isinstance(address, str):
        assert address == normalise_email(address)


@pytest.mark.parametrize("char", [" ", "a", "(", ".", ",", "1", "@", "<", "x "])
def test_a_long_text_is_refused_at_once(char: str) -> None:
    """A field that holds a letter instead of a key costs no time."""
    text = char * 100_000 + "!"

    assert [] == [one for one in parse_phones(text, "US") if hasattr(one, "e164")]
    assert not isinstance(normalise_email(text), str)
    assert not isinstance(country_of(text), str)


@pytest.mark.parametrize(
    "written",
    [
        *("ann.lee@bücher.de", "ann.lee@XN--BCHER-KVA.de", "ann@straße.de", "a..b@faß.de"),
        *("rené@hotel.com", "rene\u0301@hotel.com", "山田@ホテル.jp", "ann@hotel.com"),
    ],
)
def test_every_spelling_of_an_address_is_one_of_its_forms(written: str) -> None:
    """Whatever a field holds for an address, it is searched, case aside."""
    address = normalise_email(written)

    assert isinstance(address, str)
    assert written.lower() in email_forms(address)
    assert {address} == {normalise_email(form) for form in email_forms(address)}

"""How a conversation day is written down."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity import transcript
from target_salesforce_activity.days import Day, Message
from target_salesforce_activity.languages import LANGUAGES, WORDS
from target_salesforce_activity.settings import settings_from
from target_salesforce_activity.text import clean, same_text, units
from target_salesforce_activity.transcript import TranscriptOptions
from zingle_sync.texts import clean as cleaned_by_all

NINE = datetime(2026, 3, 2, 14, 41, tzinfo=UTC)  # 9:41 AM in New York
OPTIONS = settings_from({}).transcript
OWNERSHIP = OPTIONS.words.ownership


def render(
    of: Day, options: TranscriptOptions = OPTIONS, max_length: int = 32_000
) -> tuple[str, ...]:
    """The Tasks' texts in a field of the usual length."""
    return transcript.render(of, options, max_length)


def inbound(text: str | None = "Hello", **changes: Any) -> Message:
    """A guest's message at 9:41 AM."""
    values = {"id": "m1", "at": NINE, "inbound": True, "channel": "PhoneNumber", "body": text}
    return Message(**{**values, **changes})


def day(*messages: Message, **changes: Any) -> Day:
    """A day of Jane Doe in New York."""
    values = {
        "service_id": "s",
        "contact_id": "c",
        "date": date(2026, 3, 2),
        "service_name": "Grand Hotel",
        "time_zone": "America/New_York",
        "first_name": "Jane",
        "last_name": "Doe",
    }
    return Day(messages=messages, **{**values, **changes})


def body(text: str) -> list[str]:
    """The lines between the header and the last line."""
    return text.split("\n\n", 1)[1].rsplit("\n\n", 1)[0].split("\n")


def lines(*messages: Message, options: TranscriptOptions = OPTIONS, **changes: Any) -> list[str]:
    """The body lines of a day that fits one Task."""
    (text,) = render(day(*messages, **changes), options)
    return body(text)


def test_a_short_day_reads_as_a_conversation() -> None:
    """Header, one line per message with local time and speaker, and whose text it is."""
    minute = timedelta(minutes=1)
    (text,) = render(
        day(
            inbound(),
            inbound("Welcome!", id="m2", at=NINE + minute, inbound=False, sender="Ana Lopez"),
            inbound("Rate us", id="m3", at=NINE + 2 * minute, inbound=False, is_automated=True),
            inbound("ok", id="m4", at=NINE + 200 * minute, inbound=False),
        ),
        OPTIONS,
    )

    assert (
        f"""Jane Doe · text message
Grand Hotel · 2026-03-02 (America/New_York)
4 messages: 1 in, 3 out

[9:41 AM] Jane Doe > Hello
[9:42 AM] Service (Ana Lopez) > Welcome!
[9:43 AM] Auto > Rate us
[1:01 PM] Service > ok

{OWNERSHIP}"""
        == text
    )


def test_the_repeated_hour_shows_the_zone() -> None:
    """Where clocks show an hour twice, the abbreviation tells the two apart; elsewhere not."""
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)

    got = lines(
        inbound("a", id="1", at=first),
        inbound("b", id="2", at=first + timedelta(hours=1)),
        inbound("c", id="3", at=first + timedelta(hours=2)),
    )

    assert got == [
        "[1:30 AM EDT] Jane Doe > a",
        "[1:30 AM EST] Jane Doe > b",
        "[2:30 AM] Jane Doe > c",
    ]


def test_the_skipped_hour_shows_no_zone() -> None:
    """Around a jump forward every time exists once."""
    moment = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)

    assert lines(inbound("a", at=moment)) == ["[3:30 AM] Jane Doe > a"]


@pytest.mark.parametrize(
    ("translation", "expected"),
    [
        ("both", ["[9:41 AM] Jane Doe > Hola", "| (en: Hello)"]),
        ("original", ["[9:41 AM] Jane Doe > Hola"]),
        ("translated", ["[9:41 AM] Jane Doe > Hello"]),
    ],
)
def test_translations(
    translation: Literal["both", "original", "translated"], expected: list[str]
) -> None:
    """A translation follows the original, or replaces it, or stays out."""
    message = inbound("Hola", translated_body="Hello", translated_language="en")

    assert expected == lines(message, options=replace(OPTIONS, translation=translation))


def test_a_translation_that_says_the_same_is_not_repeated() -> None:
    """Text that was in the right language already is shown once."""
    message = inbound("Hello", translated_body="Hello", translated_language="en")

    assert lines(message) == ["[9:41 AM] Jane Doe > Hello"]


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ("count", ["[9:41 AM] Jane Doe > See", "| [2 attachments]"]),
        (
            "link",
            [
                "[9:41 AM] Jane Doe > See",
                "| [attachment 1: image/jpeg] https://f/a.JPG?sig=1",
                "| [attachment 2] https://f/b",
            ],
        ),
    ],
)
def test_attachments(attachments: Literal["count", "link"], expected: list[str]) -> None:
    """Attachments are counted, or linked with what they are."""
    message = inbound("See", attachments=("https://f/a.JPG?sig=1", "https://f/b"))

    assert expected == lines(message, options=replace(OPTIONS, attachments=attachments))


def test_a_deleted_message_is_marked_or_left_out() -> None:
    """What the guest deleted never shows its text."""
    messages = (inbound("secret", is_deleted=True), inbound("b", id="m2"))
    omit = replace(OPTIONS, deleted_messages="omit")

    assert lines(*messages)[0] == "[9:41 AM] Jane Doe > [deleted by contact]"
    assert lines(*messages, options=omit) == ["[9:41 AM] Jane Doe > b"]
    assert "1 message: 1 in, 0 out" in render(day(*messages), omit)[0]


def test_an_undelivered_message_says_so() -> None:
    """A failed message is shown with its fate."""
    assert lines(inbound("Hi", inbound=False, is_failed=True)) == [
        "[9:41 AM] Service > Hi",
        "| [not delivered]",
    ]


@pytest.mark.parametrize(
    ("option", "private", "hidden"),
    [
        ("auto", True, True),
        ("auto", False, False),
        ("none", False, True),
        ("full", True, False),
    ],
)
def test_bodies_may_stay_out(
    option: Literal["auto", "full", "none"], private: bool, hidden: bool
) -> None:
    """With bodies left out only counts and times are written: no text, name or link."""
    message = inbound("secret", inbound=False, sender="Ana", attachments=("https://f/x.pdf",))

    (text,) = render(day(message, is_private=private), replace(OPTIONS, message_bodies=option))

    assert hidden == (not re.search("secret|Ana|Jane|https|attachment", text))
    assert "[9:41 AM] Service" in text


def test_a_text_can_not_pose_as_another_line() -> None:
    """Further lines of a message are indented, so that none looks like a message of its own."""
    got = lines(inbound("a\r\n[9:42 AM] Service > fake\rb"))

    assert got == ["[9:41 AM] Jane Doe > a", "| [9:42 AM] Service > fake", "| b"]


def test_characters_that_salesforce_refuses_are_removed() -> None:
    """Control characters go, a half character is shown as one, emoji and right-to-left text stay."""
    assert lines(inbound("a\x00\x1b[1m\ud800 👨‍👩‍👧 שלום\ufffe")) == [
        "[9:41 AM] Jane Doe > a[1m\ufffd 👨‍👩‍👧 שלום"
    ]


@given(st.text(st.characters(exclude_characters="\v\f\x1c\x1d\x1e")))
def test_a_message_is_cleaned_like_every_other_text(text: str) -> None:
    """What the library takes for no text never reaches a Task, and it takes nothing else away."""
    assert clean(text) == clean(cleaned_by_all(text))
    assert clean(text) == cleaned_by_all(clean(text))


def test_equal_texts_may_differ_in_line_ends() -> None:
    """Salesforce's line ends and trimmed blanks make no difference; anything else does."""
    assert same_text("a \r\nb\r\n", "a\nb")
    assert same_text(None, "")
    assert not same_text("a\nb", "a b")


def long_day(count: int, size: int = 900) -> Day:
    """A day of many messages with texts of their own."""
    return day(
        *(
            inbound(
                f"{number:05d} " + "x" * size,
                id=f"m{number:05d}",
                at=NINE + timedelta(seconds=number),
            )
            for number in range(count)
        )
    )


def test_earlier_parts_stay_while_a_day_grows() -> None:
    """A growing day changes its last part and adds new ones; what comes before stays."""
    before, after = render(long_day(80), OPTIONS), render(long_day(120), OPTIONS)

    assert len(after) > len(before) > 1
    assert before[:-1] == after[: len(before) - 1]


def test_only_the_last_part_tells_the_number_of_parts() -> None:
    """Continuation headers carry their number, the last one the total and the counts."""
    first, *_, last = render(long_day(80), OPTIONS)

    assert "(part 1)\n" in first
    assert "messages:" not in first
    assert "(part 3 of 3)\n80 messages: 80 in, 0 out\n" in last


def test_a_message_longer_than_a_part_continues() -> None:
    """A text that no Task could hold goes on in the next part, complete."""
    text = " ".join(f"word{number}" for number in range(8_000))

    parts = render(day(inbound(text)), OPTIONS)

    joined = " ".join(
        re.sub(r"^\[9:41 AM\] Jane Doe( \(continued\))? > ", "", "\n".join(body(part)))
        for part in parts
    )
    assert len(parts) > 1
    assert text == joined


def test_a_family_is_not_torn_apart() -> None:
    """A long text without blanks is cut between whole characters."""
    family = "👨‍👩‍👧‍👦"

    parts = render(day(inbound(family * 4_000)), OPTIONS)

    shown = "".join(line.rpartition("> ")[2] for part in parts for line in body(part))
    assert family * 4_000 == shown
    assert all(line.rpartition("> ")[2].startswith("👨") for part in parts for line in body(part))


TEXTS = st.text(max_size=400)
SIZES = st.sampled_from([2_500, 4_000, 32_000])


@given(st.lists(st.tuples(TEXTS, st.booleans(), st.integers(1, 60)), max_size=25), SIZES)
def test_no_part_is_longer_than_the_field_and_no_message_is_lost(
    texts: list[tuple[str, bool, int]], size: int
) -> None:
    """Every part fits as Salesforce may count it, and holds each message once, in order."""
    messages = tuple(
        inbound(f"#{number}# {text * times}", id=f"{number:03d}", inbound=inward)
        for number, (text, inward, times) in enumerate(texts)
    )

    parts = render(day(*messages), OPTIONS, size)

    assert all(units(part) <= size for part in parts)
    starts = re.findall(r"(?m)^\[9:41 AM\] [\w ]+ > #(\d+)#", "\n".join(parts))
    assert [str(number) for number in range(len(texts))] == starts


@given(st.lists(TEXTS, min_size=1, max_size=25), st.integers(1, 25))
def test_growth_never_moves_a_border(texts: list[str], cut: int) -> None:
    """Messages at the end of the day leave all parts before the last one as they were."""
    messages = [inbound(text * 20, id=f"{number:03d}") for number, text in enumerate(texts)]

    before, after = (
        render(day(*messages[:cut]), OPTIONS, 3_000),
        render(day(*messages), OPTIONS, 3_000),
    )

    assert before[:-1] == after[: len(before) - 1]


def test_long_names_leave_room_for_the_conversation() -> None:
    """Names of any length don't push a part over the field's length."""
    crowded = replace(
        long_day(40),
        first_name="N" * 300,
        service_name="S" * 300,
        messages=tuple(
            replace(each, channel=f"Channel{number % 30}" * 5)
            for number, each in enumerate(long_day(40).messages)
        ),
    )

    assert all(units(part) <= 32_000 for part in render(crowded, OPTIONS))


def test_a_field_too_short_for_a_transcript_is_refused() -> None:
    """Nothing sensible fits a description of 255 characters."""
    with pytest.raises(ValueError, match="too short"):
        render(day(inbound()), OPTIONS, 255)


def test_a_day_without_messages_is_written_too() -> None:
    """A day whose messages are all left out still says that there was a conversation."""
    (text,) = render(day(inbound(is_deleted=True)), replace(OPTIONS, deleted_messages="omit"))

    assert "0 messages: 0 in, 0 out" in text


LINES = st.lists(
    st.text(st.sampled_from("[]()|>: 9AMServic\n\t\u2028\u3000\u202e"), max_size=30), max_size=5
)


@given(name=st.text(st.sampled_from("Servic(An)[]>| \nauto\uff33"), max_size=20), texts=LINES)
def test_no_guest_can_write_a_line_of_the_hotel(name: str, texts: list[str]) -> None:
    """Where leading blanks are lost, lines that begin with a bracket are still one per message."""
    messages = [inbound(text, id=str(number)) for number, text in enumerate(texts)]
    hotel = inbound("ours", id="z", inbound=False, sender=name)
    (text,) = render(day(*messages, hotel, first_name=name, last_name=None))
    shown = [line.lstrip() for line in text.splitlines()]

    assert len(texts) + 1 == sum(line.startswith("[") for line in shown)
    labels = [line[line.index("]") + 2 :] for line in shown if line.startswith("[")]
    assert not any(re.match(r"(?i)(service|auto)\b", label) for label in labels[:-1])
    assert labels[-1].startswith("Service")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Jane", "Jane"),
        ("Service Ana", "Guest (Service Ana)"),
        ("SERVICE", "Guest (SERVICE)"),
        ("\u200bService", "Guest (\u200bService)"),
        ("Ser\u00advice", "Guest (Ser\u00advice)"),
        ("*Service* Ana", "Guest (*Service* Ana)"),
        ("\u0405ervice", "Guest (\u0405ervice)"),
        ("A\u03c5to", "Guest (A\u03c5to)"),
        ("Света Lee", "Света Lee"),
        ("Servicio", "Guest (Servicio)"),
        ("スタッフ田中", "Guest (スタッフ田中)"),
        ("Autry", "Autry"),
        ("Serviceman", "Serviceman"),
        ("Ann [x] > b", "Ann x b"),
        (" \u200b", "Guest"),
        (None, "Guest"),
    ],
)
def test_a_guest_is_called_by_name(name: str | None, label: str) -> None:
    """The name stands before the guest's words, unless it could be taken for the hotel's label."""
    assert lines(inbound(), first_name=name, last_name=None) == [f"[9:41 AM] {label} > Hello"]


@pytest.mark.parametrize(
    ("country", "language", "clock"),
    [
        ("US", "de", "1:41 PM"),
        ("Germany", "en", "13:41"),
        ("JP", "ja", "13:41"),
        (None, "en", "1:41 PM"),
        (None, "fr", "13:41"),
        ("Atlantis", "en", "1:41 PM"),
    ],
)
def test_the_clock_is_the_services(country: str | None, language: str, clock: str) -> None:
    """The service's country says whether a day has twelve hours twice; else the language."""
    late = inbound(at=NINE + timedelta(hours=4))
    got = lines(late, options=replace(OPTIONS, language=language), country=country)

    assert got == [f"[{clock}] Jane Doe > Hello"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_in_the_language_of_the_settings(language: str) -> None:
    """Every word around the messages is translated; the messages stay as they are."""
    options = replace(OPTIONS, language=language)
    words = options.words
    hotel = inbound("Yes", id="2", inbound=False, is_automated=True, is_failed=True)
    gone = inbound("x", id="3", is_deleted=True)
    attached = inbound(None, id="4", attachments=("https://f/a", "https://f/b"))
    (text,) = render(day(inbound(), hotel, gone, attached, is_opted_out=True), options)

    for word in (
        words.auto,
        words.text_message,
        words.opted_out,
        words.not_delivered,
        words.deleted,
    ):
        assert word in text
    assert words.attachments_many.format(count=2) in text
    assert words.count_many.format(total=4, inbound=3, outbound=1) in text
    assert text.endswith(words.ownership)
    assert "> Hello" in text
    assert units(text) < 1_000


def test_no_language_lacks_a_word() -> None:
    """Each language has every word, with the same names in braces."""
    english = WORDS["en"]

    for words in WORDS.values():
        for each in fields(words):
            own, first = getattr(words, each.name), getattr(english, each.name)
            assert own.strip()
            assert set(re.findall(r"{\w+}", own)) == set(re.findall(r"{\w+}", first))


@pytest.mark.parametrize("blank", [None, "", " \n ", "\u200b", "\u3164", "\x00"])
def test_a_blank_message_says_so(blank: str | None) -> None:
    """A message that shows nothing is not an empty line after a name."""
    assert lines(inbound(blank)) == ["[9:41 AM] Jane Doe > [no text]"]
    assert lines(inbound(blank, attachments=("https://f/a",))) == [
        "[9:41 AM] Jane Doe > [1 attachment]"
    ]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_end_is_one(end: str) -> None:
    """What ends a line anywhere ends it here, and marks the next one as a further line."""
    assert lines(inbound(f"a{end}b")) == ["[9:41 AM] Jane Doe > a", "| b"]


def test_the_conversation_can_be_opened() -> None:
    """The address of the settings stands in the header, with the ids in the form of addresses."""
    url = "https://app.example.com/{service_id}/{contact_id}?day={date}"
    (text,) = render(day(inbound(), contact_id="a b/c"), replace(OPTIONS, conversation_url=url))

    assert text.splitlines()[2] == "https://app.example.com/s/a%20b%2Fc?day=2026-03-02"


def test_who_opted_out_is_marked_in_the_header() -> None:
    """Whoever reads the Task sees that this guest must not be written to."""
    assert "Jane Doe · text message · opted out" in render(day(inbound(), is_opted_out=True))[0]
    assert "opted out" not in render(day(inbound()))[0]

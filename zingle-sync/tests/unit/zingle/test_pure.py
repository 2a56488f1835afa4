from __future__ import annotations

import base64
import json
import threading
from typing import NoReturn

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zingle_sync.http import Answer, Kind
from zingle_sync.zingle import (
    AlreadyDoneError,
    ClientBugError,
    ConfigurationError,
    ConflictError,
    GoneError,
    LockedError,
    RecordError,
    TransientError,
    UnknownCodeError,
    not_before,
    record_id,
)
from zingle_sync.zingle.calls import kind_of
from zingle_sync.zingle.errors import KNOWN_PARTS, Refusal, classify, error_for, read_refusal
from zingle_sync.zingle.pages import is_page, read_page
from zingle_sync.zingle.paths import root_of, segment
from zingle_sync.zingle.settings import CONNECTION_SETTINGS
from zingle_sync.zingle.tokens import TokenLogin, claims_of, half_life


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({"status": {"error_code": 3104}}, "3104", ()),
        ({"status": {"error_code": "3104"}}, "3104", ()),
        ({"code": "no_access", "description": "x"}, "no_access", ()),
        ({"error": {"code": "contact_email_exists", "message": "x"}}, "contact_email_exists", ()),
        ({"error": "login_failure"}, "login_failure", ()),
        ({"error": "The phone +18585551212 is taken"}, None, ()),
        (
            {"code": "validation_error", "fieldErrors": [{"field": "channels", "errors": ["x"]}]},
            "validation_error",
            ("channels",),
        ),
        ("<html>", None, ()),
        (None, None, ()),
        ([], None, ()),
    ],
)
def test_every_error_shape_is_understood(body: object, code: str, fields: object) -> None:
    """Both versions' error bodies yield code and field names, never their sentences."""
    refusal = read_refusal(body)

    assert (code, fields) == (refusal.code, refusal.fields)


CLASSES = {
    ConfigurationError: "2601 2602 2605 2613 2614 2615 2700 2800 2814 3002 3014 3015 3016 3017 3018"
    " 3108 3200 3206 3400 3407 3502 3701 4000 4008 7005 8000 login_failure no_access"
    " account_suspended staff_must_google_login user_not_found token_expired",
    ClientBugError: "2603 2604 2609 2611 2612 3003 3004 3009 3010 3012 3101 3700 4002 4003 5000 7000"
    " 7001 7006 7007",
    RecordError: "2606 2607 2608 3001 3102 3103 3105 3106 3107 3702 3703 3704 3705 3706 3613 3615"
    " contact_invalid_phone_number invalid_email_format channel_assigned_to_service",
    ConflictError: "3104 contact_phone_number_exists contact_email_exists",
    GoneError: "3000 7002 3100",
    LockedError: "3011",
    AlreadyDoneError: "3008 3202 3402",
    TransientError: "2600",
}


@pytest.mark.parametrize(
    ("klass", "code"), [(klass, code) for klass, codes in CLASSES.items() for code in codes.split()]
)
def test_each_documented_code_has_its_action(klass: object, code: str) -> None:
    """The code decides what the caller does, whatever HTTP status comes with it."""
    assert {klass} == {classify(status, Refusal(code))[0] for status in (400, 401, 404, 500)}


@pytest.mark.parametrize(
    ("status", "about_contact", "klass"),
    [
        (401, False, ConfigurationError),
        (403, False, ConfigurationError),
        (404, False, ConfigurationError),
        (404, True, GoneError),
        (405, False, ConfigurationError),
        (409, True, ConflictError),
        (429, False, TransientError),
        (500, False, TransientError),
        (503, False, TransientError),
        (400, False, UnknownCodeError),
    ],
)
def test_the_status_decides_where_no_code_is_known(
    status: int, about_contact: object, klass: object
) -> None:
    """Without a known code the HTTP status decides."""
    assert klass is classify(status, Refusal("9999"), about_contact=about_contact)[0]


def test_an_unverified_log_in_says_so() -> None:
    """An unverified e-mail address of the log-in is a configuration matter with its own words."""
    body = {"status": {"description": "Your email is not verified", "error_code": 2601}}

    error = error_for(method="GET", path="/v1/", status=401, body=body)

    assert isinstance(error, ConfigurationError)
    assert "not verified" in str(error)


def test_errors_never_quote_the_body() -> None:
    """Descriptions may repeat phones and names, so messages hold our words and ids only."""
    body = {"status": {"description": "+18585551212 belongs to Ann", "error_code": 3104}}

    message = str(error_for(method="POST", path="/v1/x", status=400, body=body))

    assert "POST /v1/x: the channel belongs to another contact (HTTP 400, code 3104)" == message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(None), Kind.PASSING),
        (Answer(None, sent=False), Kind.UNTOUCHED),
        (Answer(429), Kind.UNTOUCHED),
        (Answer(408), Kind.PASSING),
        (Answer(500), Kind.PASSING),
        (Answer(400, "2600"), Kind.PASSING),
        (Answer(401), Kind.SESSION_ENDED),
        (Answer(400, "2601"), Kind.SESSION_ENDED),
        (Answer(403, "token_expired"), Kind.SESSION_ENDED),
        (Answer(400), Kind.FINAL),
        (Answer(400, "3104"), Kind.FINAL),
        (Answer(404), Kind.FINAL),
    ],
)
def test_statuses_and_codes_say_whether_another_try_helps(answer: Answer, kind: Kind) -> None:
    """Each answer passes, ends the session, or stays as it is."""
    assert kind is kind_of(answer)


def test_a_list_envelope_is_read_with_its_totals() -> None:
    """Counters may be texts, rows of other types are dropped, the last page is known."""
    body = {
        "status": {"page": "2", "page_size": 4, "total_pages": "2", "total_records": 7},
        "result": [{"id": "c"}, {"id": "d"}, None],
    }

    page = read_page(body, page=2, page_size=4)

    assert ([{"id": "c"}, {"id": "d"}], 2, 2, 7, True) == (
        page.rows,
        page.page,
        page.total_pages,
        page.total_records,
        page.last,
    )


def test_a_bare_array_is_a_page() -> None:
    """v2 lists without an envelope are whole."""
    page = read_page([{"id": "a"}], page=1, page_size=500)

    assert (1, True) == (page.total_records, page.last)


@pytest.mark.parametrize("body", [None, {}, {"result": {"id": "a"}}, "text"])
def test_what_is_no_list(body: object) -> None:
    """Other bodies are not taken for empty lists."""
    assert not is_page(body)


def test_created_at_filters_are_seconds_and_one_early() -> None:
    """Only a lower bound in seconds is right under every reading of the documentation."""
    assert ("greater_than(99)", "greater_than(0)") == (not_before(100.9), not_before(0))


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://api.zingle.me", "https://api.zingle.me"),
        ("https://api-1.zingle.medallia.com/v1/", "https://api-1.zingle.medallia.com"),
        ("https://api.zingle.me/v2", "https://api.zingle.me"),
    ],
)
def test_v1_and_v2_come_from_one_root(url: object, root: object) -> None:
    """The address may be given with or without a version."""
    assert root == root_of(url)


UUID = "29a025e8-ffff-4141-be30-fa0d9488900c"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"id": 7, "uuid": UUID}, UUID),
        ({"id": UUID}, UUID),
        ({"id": 7}, None),
        ({}, None),
        (None, None),
    ],
)
def test_ids_of_v2_records(payload: object, expected: object) -> None:
    """`uuid` comes first, then an `id` that is a UUID; numbers are no ids."""
    assert expected == record_id(payload)


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        """Now."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def token(name: str, *, issued: object = 0, expires: object = 100) -> str:
    """A JSON Web Token that nobody signed."""
    claims = base64.urlsafe_b64encode(
        json.dumps({"iat": issued, "exp": expires, "n": name}).encode()
    )
    return f"h.{claims.rstrip(b'=').decode()}.s"


def test_a_token_is_refreshed_at_half_of_its_life() -> None:
    """The token's own claims tell its life; the machine's clock need not agree with them."""
    time = FakeTime()
    login = TokenLogin(token("old"), refresh=lambda _: token("new"), renew=None, clock=time.clock)
    before = login.header()
    time.now = 50.0

    assert (f"Bearer {token('old')}", f"Bearer {token('new')}") == (before, login.header())


def test_a_refused_token_is_replaced_once_for_all_workers() -> None:
    """Workers that were refused with the same token share one new token."""
    time = FakeTime()
    made = []

    def refresh(_: object) -> str:
        made.append(1)
        return token(f"new{len(made)}")

    login = TokenLogin(token("old"), refresh=refresh, renew=None, clock=time.clock)
    header = login.header()
    workers = [threading.Thread(target=login.refused, args=[header]) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert 1 == len(made)


def test_a_dead_token_is_renewed_with_the_password() -> None:
    """When refreshing fails, username and password get a new token."""

    def refresh(_: object) -> NoReturn:
        raise ConfigurationError("dead")

    login = TokenLogin(
        token("old"), refresh=refresh, renew=lambda: token("fresh"), clock=lambda: 0.0
    )

    assert login.refused(login.header())
    assert f"Bearer {token('fresh')}" == login.header()


def test_a_pasted_token_that_died_is_final() -> None:
    """Without a password nothing replaces a token that cannot be refreshed."""

    def refresh(_: object) -> NoReturn:
        raise ConfigurationError("dead")

    login = TokenLogin(token("old"), refresh=refresh, renew=None, clock=lambda: 0.0)

    assert not login.refused(login.header())


@pytest.mark.parametrize("text", ["", "a.b", "a.%%%.c", "x.W10.y"])
def test_tokens_that_cannot_be_read_never_expire(text: str) -> None:
    """An opaque token is used until it is refused."""
    assert ({}, None) == (claims_of(text), half_life(text))


def test_secrets_are_declared_secret() -> None:
    """Every setting that holds a credential is marked as secret, every setting is described."""
    for name, declared in CONNECTION_SETTINGS.items():
        assert {"title", "description", "type"} <= set(declared)
        assert (name in {"password", "token"}) == bool(declared.get("secret"))


@pytest.mark.parametrize("value", ["-1", "x", None, [], 1e400, "9" * 5_000])
def test_counters_that_are_none_are_not_believed(value: object) -> None:
    """A counter that is no number counts as absent; the rows are read all the same."""
    body = {"status": dict.fromkeys(("page", "total_pages"), value), "result": [{"id": "a"}]}

    page = read_page(body, page=3, page_size=2)

    assert ([{"id": "a"}], 3, 3) == (page.rows, page.page, page.total_pages)


@pytest.mark.parametrize("value", [".", ".."])
def test_an_id_of_dots_leads_nowhere(value: str) -> None:
    """Such an id would change the path of the request; nobody has it."""
    with pytest.raises(GoneError):
        segment(value)


@pytest.mark.parametrize(
    ("problems", "klass", "fields"),
    [
        ([{"field": "externalId", "errors": ["already exists"]}], ConflictError, ("externalId",)),
        ([{"field": "external_id", "errors": ["Must be unique"]}], ConflictError, ("external_id",)),
        (
            [{"field": "channels[0].value", "errors": ["is taken by another contact"]}],
            ConflictError,
            ("channels[0].value",),
        ),
        ([{"field": "externalId", "errors": ["is too long"]}], RecordError, ("externalId",)),
        ([{"field": "firstName", "errors": ["already a fool"]}], RecordError, ("firstName",)),
        ([{"field": "Ann Smith, +18585551212", "errors": ["x"]}], UnknownCodeError, ()),
        ([{"field": "a" * 10_000, "errors": ["x"]}], UnknownCodeError, ()),
        ([{"field": None}, 7, None], UnknownCodeError, ()),
    ],
)
def test_the_refused_part_of_a_body_decides(
    problems: object, klass: type[Exception], fields: tuple[str, ...]
) -> None:
    """What somebody else took is decided again, another part rejects the record; no data is shown."""
    body = {"code": "validation_error", "fieldErrors": problems}

    error = error_for(method="POST", path="/v2/x", status=400, body=body)

    assert (klass, fields) == (type(error), error.fields)
    assert "Ann" not in str(error)


PERSONAL = st.one_of(
    st.from_regex(r"[a-z]{5,20}", fullmatch=True),
    st.from_regex(r"[A-Za-z]{5,12}[ ._-][A-Za-z]{5,12}", fullmatch=True),
    st.from_regex(r"\+?[0-9]{7,15}", fullmatch=True),
    st.from_regex(r"[a-z]{5,9}@[a-z]{5,9}\.(com|net)", fullmatch=True),
)
PATHS = ["{}", "channels.{}", "channels[{}]", "channels[0].{}", "contactFields.{}.value", "{}[2]"]


@given(PERSONAL, st.sampled_from(PATHS), st.sampled_from(["is taken", "is too long"]))
def test_what_a_refusal_names_is_no_persons(personal: str, path: str, why: str) -> None:
    """A field is told by the words of the record; whatever else stands there may be somebody's."""
    body = {"code": "x", "fieldErrors": [{"field": path.format(personal), "errors": [why]}]}

    error = error_for(method="POST", path="/v2/x", status=400, body=body)

    assume(personal not in KNOWN_PARTS)
    assert personal not in f"{error} {error.fields}"


@pytest.mark.parametrize(
    "field",
    ["firstName", "externalId", "channels[0].value", "contactFields[12].contactFieldName", "tags"],
)
def test_a_part_of_the_record_is_named(field: str) -> None:
    """Who reads the outcome learns which part Zingle did not take."""
    body = {"code": "x", "fieldErrors": [{"field": field, "errors": ["is wrong"]}]}

    error = error_for(method="POST", path="/v2/x", status=400, body=body)

    assert (field,) == error.fields
    assert field in str(error)


@pytest.mark.parametrize(
    "token", ["", "a.b", "h." + "W1tb" * 9_000 + ".s", "h.eyJleHAiOiAxZTk5OX0.s", "\ud83d.\ud83d.x"]
)
def test_odd_tokens_never_stop_a_run(token: str) -> None:
    """What a token's claims hold is nothing to fail at."""
    assert half_life(token) is None


@pytest.mark.parametrize("total", [0, 1, "2", 3])
def test_an_announced_number_is_never_less_than_what_came(total: object) -> None:
    """A counter that the rows themselves contradict proves no end."""
    body = {"status": {"total_records": total}, "result": [{"id": "a"}, {"id": "b"}]}

    page = read_page(body, page=2, page_size=2)

    assert 4 == page.total_records


def test_a_page_is_the_one_that_was_asked_for() -> None:
    """A server that always speaks of page 1 does not keep us reading for ever."""
    status = {"page": 1, "total_pages": 3, "total_records": 6}

    pages = [
        read_page({"status": status, "result": [{"id": "a"}]}, page=n, page_size=2)
        for n in (1, 2, 3)
    ]

    assert [False, False, True] == [page.last for page in pages]

"""Zingle's refusals, named after what the caller should do.

    ZingleError
    ├── ConfigurationError     a person must change settings, rights or definitions; stop the run
    ├── ClientBugError         we sent what no client may send; stop the run loudly
    ├── TransientError         gave up after retries; nothing was changed by this call
    │   └── UnknownOutcomeError    the call may have taken effect; look before sending it again
    ├── RecordError            this record cannot be written; go on with the next
    │   └── UnknownCodeError       a refusal that nobody documented
    ├── ConflictError          somebody else holds the channel; match again, then decide
    │   └── GoneError              the contact or channel no longer exists
    ├── LockedError            send again without the fields that another source owns
    └── AlreadyDoneError       what was asked for is so already

Grouping: contract of the API, section 12. Messages hold our own words, ids and codes only,
because Zingle's descriptions may repeat names, phones and e-mails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class ZingleError(Exception):
    """Root of everything that this client raises.

    Attributes:
        status: HTTP status, None where there was no answer.
        code: v1 `error_code` or v2 `code` as text.
        fields: Names of refused fields, from v2 `fieldErrors`.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        fields: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.fields = fields


class ConfigurationError(ZingleError):
    """Settings, credentials, rights or definitions must change first."""


class ClientBugError(ZingleError):
    """We sent what no client may send."""


class TransientError(ZingleError):
    """Zingle could not be reached, or kept failing; nothing was changed by this call."""


class UnknownOutcomeError(TransientError):
    """A write may or may not have taken effect."""


class RecordError(ZingleError):
    """This record cannot be written as it is."""


class UnknownCodeError(RecordError):
    """A refusal with a code that the contract does not know."""


class ConflictError(ZingleError):
    """Another contact holds the channel."""


class GoneError(ConflictError):
    """The contact, channel or message no longer exists."""


class LockedError(ZingleError):
    """The contact is owned by another source; names, phones and e-mails cannot be edited."""


class AlreadyDoneError(ZingleError):
    """The wanted state exists already."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error body says, of either version of the API.

    Attributes:
        code: v1 `error_code` or v2 `code` as text.
        fields: Names of the refused fields, from v2 `fieldErrors`.
        taken: One of them identifies a contact, and another contact has its value.
        unverified: The log-in's e-mail address is not verified yet.
    """

    code: str | None = None
    fields: tuple[str, ...] = ()
    taken: bool = False
    unverified: bool = False


def read_refusal(body: object) -> Refusal:
    """Find code and field names in any of the known error shapes.

    v1 `{"status": {"error_code"}}` (string or integer), v2 `{"code", "fieldErrors"}`,
    `{"error": "text"}` and `{"error": {"code"}}` (contract, section 2).

    >>> read_refusal({"status": {"error_code": 3104}}).code
    '3104'
    """
    if not isinstance(body, dict):
        return Refusal()
    status, error = body.get("status"), body.get("error")
    status = status if isinstance(status, dict) else {}
    nested = error if isinstance(error, dict) else {}
    code = next(
        (
            str(found)
            for found in (status.get("error_code"), body.get("code"), nested.get("code"), error)
            if isinstance(found, (str, int)) and not isinstance(found, bool) and found != ""
        ),
        None,
    )
    described = status.get("description") or body.get("description") or nested.get("message")
    given = body.get("fieldErrors")
    problems = [
        problem
        for problem in (given if isinstance(given, list) else ())
        if isinstance(problem, dict)
    ]
    return Refusal(
        code=code if code is None or _CODE.fullmatch(code) else None,
        fields=tuple(
            _PART.sub(_known_part, str(problem["field"]))
            for problem in problems
            if _FIELD.fullmatch(str(problem.get("field")))
        ),
        taken=any(
            _IDENTIFIES.match(str(problem.get("field")))
            and _TAKEN.search(str(problem.get("errors"))[:_LONGEST_TEXT])
            for problem in problems
        ),
        unverified="email is not verified" in str(described).lower(),
    )


# Sentences are no codes and no names of fields, and may hold personal data.
_CODE = re.compile(r"[A-Za-z0-9_]{1,60}")
_FIELD = re.compile(r"[a-z]\w{0,60}([.\[]\w+\]?){0,4}", re.ASCII)
_PART = re.compile(r"\w+", re.ASCII)
KNOWN_PARTS = frozenset(
    (
        *("channel", "channels", "code", "contactField", "contactFieldName", "contactFields"),
        *("country", "displayName", "email", "emailAddress", "externalId", "external_id"),
        *("firstName", "id", "isActive", "isDefault", "isDefaultForType", "lastName", "name"),
        *("notes", "phone", "phoneNumber", "tag", "tags", "title", "type", "uuid", "value"),
    )
)
_LONGEST_INDEX = 3
_IDENTIFIES = re.compile(r"external_?id|channel|phone|email", re.IGNORECASE)
_TAKEN = re.compile(r"exist|taken|in use|unique|duplicate|already|belongs|another", re.IGNORECASE)
_LONGEST_TEXT = 500


def _known_part(found: re.Match[str]) -> str:
    """A part of a field's path, if it is one of the record's: another may be somebody's name."""
    part = found.group()
    index = part.isdigit() and len(part) <= _LONGEST_INDEX
    return part if index or part in KNOWN_PARTS else "…"


_STOP: dict[str, str] = {
    "2601": "the log-in was refused",
    "2602": "the log-in may not do this; the API user needs access to the service",
    "2605": "the channel type is unknown to this service",
    "2613": "a contact's log-in was used; an account log-in is needed",
    "2614": "a contact's log-in was used; an account log-in is needed",
    "2615": "a contact's log-in was used; an account log-in is needed",
    "2700": "the account was not found",
    "2800": "the service was not found; check service_id",
    "2814": "the service is not available to this log-in",
    "3002": "a contact field was not found; it may have been deleted",
    "3200": "a contact field was not found; it may have been deleted",
    "3701": "a contact field was not found; it may have been deleted",
    "3400": "a label was not found; it may have been deleted",
    "4000": "the channel type was not found",
    "8000": "the request is not allowed for this account",
    "account_suspended": "the account is suspended",
    "login_failure": "the log-in was refused; check username, password or token",
    "no_access": "the log-in has no access to this service",
    "staff_must_google_login": "this log-in must sign in through Google; use an API user",
    "token_expired": "the token has expired",
    "user_not_found": "the user was not found; check username",
} | dict.fromkeys(
    ("3014", "3015", "3016", "3017", "3018", "3108", "3206", "3407", "3502", "4008", "7005"),
    "the log-in lacks a privilege; grant it to the API user in Zingle's admin settings",
)
_BUG = (
    *("2603", "2604", "2609", "2611", "2612", "3003", "3004", "3009", "3010", "3012", "3101"),
    *("3700", "4002", "4003", "5000", "7000", "7001", "7006", "7007"),
)
_RECORD: dict[str, str] = {
    "2606": "the phone number is not valid",
    "2607": "the e-mail address is not valid",
    "2608": "the country is not valid",
    "3001": "a value is required",
    "3102": "a channel needs a value",
    "3103": "a phone number needs a country",
    "3105": "the contact has another channel with this label",
    "3106": "the channel's label is not allowed",
    "3107": "the value does not suit the channel type",
    "3702": "an option is required",
    "3703": "the option does not exist",
    "3704": "the date is not valid",
    "3705": "a value is required",
    "3706": "the value is not true or false",
    "3613": "the value is not valid",
    "3615": "the value is not valid",
    "channel_assigned_to_service": "the number belongs to the service itself",
    "contact_invalid_phone_number": "the phone number is not valid",
    "invalid_email_format": "the e-mail address is not valid",
}
_CONFLICT: dict[str, str] = {
    "3104": "the channel belongs to another contact",
    "contact_external_id_exists": "the external id belongs to another contact",
    "contact_email_exists": "the e-mail address belongs to another contact",
    "contact_phone_number_exists": "the phone number belongs to another contact",
}
_GONE: dict[str, str] = {
    "3000": "the contact no longer exists",
    "7002": "the contact no longer exists",
    "3100": "the channel no longer exists",
}
_DONE = {"3008": "it was not attached", "3202": "it exists already", "3402": "it exists already"}
RETRY_CODES = frozenset({"2600"})
RETRY_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
TOKEN_CODES = frozenset({"2601", "token_expired"})

_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _NOT_ALLOWED, _CONFLICTING = 401, 403, 404, 405, 409
_FIRST_REDIRECT, _FIRST_FAILURE = 300, 400
_BY_STATUS: dict[int, tuple[type[ZingleError], str]] = {
    _UNAUTHORISED: (ConfigurationError, "the log-in was refused; check username, password, token"),
    _FORBIDDEN: (ConfigurationError, "the log-in may not do this; grant the API user access"),
    _NOT_ALLOWED: (ConfigurationError, "this address does not offer the call; check api_url"),
    _NOT_FOUND: (ConfigurationError, "not found; check service_id and api_url"),
    _CONFLICTING: (ConflictError, "another contact is in the way"),
}


def classify(
    status: int | None, refusal: Refusal, *, about_contact: bool = False
) -> tuple[type[ZingleError], str]:
    """What the caller should do, and why in a sentence for people.

    Decided by code first and HTTP status second; `about_contact` means that the path named one
    contact, so that a 404 is about that contact.
    """
    code = refusal.code or ""
    if status == _UNAUTHORISED and refusal.unverified:
        return ConfigurationError, "the log-in's e-mail address is not verified yet"
    groups: tuple[tuple[type[ZingleError], dict[str, str]], ...] = (
        (ConfigurationError, _STOP),
        (ClientBugError, dict.fromkeys(_BUG, "the request was malformed")),
        (RecordError, _RECORD),
        (ConflictError, _CONFLICT),
        (GoneError, _GONE),
        (LockedError, {"3011": "another source owns the contact"}),
        (AlreadyDoneError, _DONE),
        (TransientError, dict.fromkeys(RETRY_CODES, "Zingle had an internal error")),
    )
    for klass, words in groups:
        if code in words:
            return klass, words[code]
    return _by_status(status, about_contact=about_contact) or _undocumented(refusal)


def _by_status(status: int | None, *, about_contact: bool) -> tuple[type[ZingleError], str] | None:
    if status in RETRY_STATUSES or status is None:
        return TransientError, "Zingle is not available"
    if _FIRST_REDIRECT <= status < _FIRST_FAILURE:
        return ConfigurationError, "the address redirects somewhere else; check api_url"
    if status == _NOT_FOUND and about_contact:
        return GoneError, "the contact no longer exists"
    return _BY_STATUS.get(status)


def _undocumented(refusal: Refusal) -> tuple[type[ZingleError], str]:
    if refusal.taken:
        return ConflictError, f"another contact has it: {', '.join(refusal.fields)}"
    if refusal.fields:
        return RecordError, f"refused: {', '.join(refusal.fields)}"
    return UnknownCodeError, "refused for a reason that is not documented"


def error_for(
    *, method: str, path: str, status: int, body: object, about_contact: bool = False
) -> ZingleError:
    """The exception for an answer that is not a success."""
    refusal = read_refusal(body)
    klass, words = classify(status, refusal, about_contact=about_contact)
    told = f"HTTP {status}" + (f", code {refusal.code}" if refusal.code else "")
    return klass(
        f"{method} {path}: {words} ({told})",
        status=status,
        code=refusal.code,
        fields=refusal.fields,
    )

"""What the API refuses: numeric codes (v1), word codes (v2), and the HTTP status of each.

```
Refused            a rule of the store was broken; both versions say it in their own way
└── V2Refused      said by v2 only, with the fields that are wrong
```

Which HTTP status travels with which code is not public: not found is 404, privileges 403,
log-in 401, a failed server 500, anything else 400.
"""

from __future__ import annotations

_SENTENCES = {
    2600: "The server failed",
    2601: "The user name or password is wrong, or the token is not valid any more",
    2602: "This user may not see this account or service",
    2603: "page counts from 1",
    2604: "The body is not JSON",
    2605: "There is no channel type of this id",
    2606: "The phone number is not valid",
    2607: "The e-mail address is not valid",
    2608: "The country is not a two-letter code that we know",
    2609: "A sort direction is asc or desc",
    2611: "page_size is out of range",
    2612: "is_global is true or false",
    2613: "This login needs the header x-zingle-contact-id",
    2614: "This needs a login of class account",
    2615: "This contact may not see the resource",
    2700: "There is no such account",
    2800: "There is no such service",
    2814: "This service is not active",
    3000: "There is no such contact",
    3001: "A custom field value needs a value",
    3002: "There is no such contact custom field",
    3003: "is_confirmed is true or false",
    3004: "is_starred is true or false",
    3005: "This automation cannot be started by hand",
    3006: "This automation is not active",
    3007: "The contact is in an automation already",
    3008: "The label is not attached to this contact",
    3009: "is_closed is true or false",
    3010: "channels is a list of channel objects",
    3011: "Names, title, phone numbers and e-mail addresses of a locked contact cannot be changed",
    3012: "return_existing needs exactly one channel",
    3014: "This user may not assign contacts",
    3015: "This user may not delete contacts",
    3016: "This user may not create contacts",
    3017: "This user may not change contacts",
    3018: "This user may not see contacts",
    3100: "There is no such contact channel",
    3101: "The channel has no channel type",
    3102: "The channel has no value",
    3103: "A phone channel needs a country",
    3104: "The channel belongs to another contact",
    3105: "The contact has a channel of this display name already",
    3106: "A channel's display name is HOME, BUSINESS or MOBILE",
    3107: "The value does not fit the channel type",
    3108: "This user may not block channels",
    3200: "There is no such custom field",
    3201: "A global custom field cannot be changed",
    3202: "There is a custom field of this name already",
    3203: "The custom field has no display name",
    3204: "An option has no value",
    3205: "An option has no display name",
    3206: "This user may not change custom fields",
    3400: "There is no such label",
    3401: "A global label cannot be changed",
    3402: "There is a label of this name already",
    3403: "The label has no display name",
    3404: "The label has no background colour",
    3405: "The label has no text colour",
    3406: "A colour is # and six hexadecimal digits",
    3407: "This user may not change labels",
    3408: "The label is in use",
    3500: "There is no such automation",
    3600: "There is no such message",
    3700: "A custom field value names no field",
    3701: "There is no custom field of this id",
    3702: "The field is a select: a value needs an option",
    3703: "The field has no such option",
    3704: "A date is an integer in epoch seconds",
    3705: "The value is missing or does not fit the field",
    3706: "A boolean field takes 'true' or 'false'",
    4000: "There is no such channel type",
    5000: "channel_type_id and channel_value go together",
    7000: "Only notes can be written as events",
    7001: "A note needs a contact_id",
    7004: "A note needs a body",
    7005: "This user may not write notes",
    7002: "The event's contact does not exist",
    7003: "There is no such event",
    8000: "There is no such contact group",
}

_NOT_FOUND = {
    2700, 2800, 3000, 3002, 3100, 3200, 3400, 3500, 3600, 4000, 7002, 7003, 8000,
}  # fmt: skip
_FORBIDDEN = {
    2602, 2613, 2614, 2615, 2814, 3014, 3015, 3016, 3017, 3018, 3108, 3206, 3407, 3502, 4008, 7005,
}  # fmt: skip

_WORDS = {
    2602: "no_access",
    2606: "contact_invalid_phone_number",
    2607: "invalid_email_format",
    2800: "service_not_found",
    2814: "account_suspended",
    3000: "contact_not_found",
}


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a failure of the sandbox
    """The request breaks a rule.

    Attributes:
        code: the documented numeric code.
        field: the v2 body key that is wrong, if one is.
        word: v2's code, where it depends on more than the number.
    """

    def __init__(
        self, code: int, description: str | None = None, *, field: str = "", word: str = ""
    ) -> None:
        super().__init__(description or sentence(code))
        self.code = code
        self.field = field
        self.word = word


class V2Refused(Refused):
    """A refusal that only v2 words: a code, and what is wrong with which field."""

    def __init__(self, word: str, errors: dict[str, str], *, status: int = 400) -> None:
        super().__init__(3705, "; ".join(errors.values()) or word, word=word)
        self.errors = errors
        self.status = status


def sentence(code: int) -> str:
    """What the sandbox says for a code, in its own words."""
    return _SENTENCES.get(code, f"Error {code}")


def word_code(refused: Refused) -> str:
    """The v2 code of a refusal."""
    return refused.word or _WORDS.get(refused.code, str(refused.code))


def http_status(code: int) -> int:
    """The HTTP status that a numeric code travels with.

    >>> [http_status(code) for code in (2601, 2602, 3000, 3104, 2600)]
    [401, 403, 404, 400, 500]
    """
    match code:
        case 2600:
            return 500
        case 2601:
            return 401
        case _ if code in _FORBIDDEN:
            return 403
        case _ if code in _NOT_FOUND:
            return 404
        case _:
            return 400

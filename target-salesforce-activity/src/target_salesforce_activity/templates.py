"""Texts of the Task that settings write, with names in braces that a day fills. Pure.

A new name needs a line in `NUMBER_NAMES` or `TEXT_NAMES` and a value in `template_values`.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from target_salesforce_activity.fields import NUMBERS, FieldShape, fitted, is_option
from target_salesforce_activity.transcript import bodies_left_out, body_of, channel_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_salesforce_activity.days import Day, Message
    from target_salesforce_activity.transcript import TranscriptOptions

COUNT_NAMES = frozenset({"inbound_count", "message_count", "outbound_count", "part"})
NUMBER_NAMES = COUNT_NAMES | {"response_minutes"}
# Left empty where a service's texts stay out of Salesforce.
PRIVATE_NAMES = frozenset(
    {"contact_name", "first_message", "last_message", "participants", "phone"}
)
TEMPLATE_NAMES = (
    NUMBER_NAMES
    | PRIVATE_NAMES
    | {"channels", "contact_id", "date", "direction", "service_id", "service_name", "time_zone"}
)
URL_NAMES = frozenset({"contact_id", "date", "service_id"})
# A day's value of each kind, as problems of a template show with it.
_SAMPLES: dict[str, object] = {
    **dict.fromkeys(TEMPLATE_NAMES, ""),
    **dict.fromkeys(COUNT_NAMES, 1_234_567),
}


@dataclass(frozen=True, slots=True)
class Templates:
    """Texts that are filled from the day, see `TEMPLATE_NAMES`.

    Attributes:
        subject: The Task's subject.
        extra_fields: Further fields by name; values that are no text are constants.
    """

    subject: str
    extra_fields: Mapping[str, object]

    def problems(self) -> list[str]:
        """What is wrong with them, in sentences."""
        texts: dict[str, object] = {"subject": self.subject}
        texts |= {f"extra_fields.{name}": text for name, text in self.extra_fields.items()}
        return [
            problem for name, text in texts.items() for problem in template_problems(name, text)
        ]


def template_values(day: Day, part: int, options: TranscriptOptions) -> dict[str, object]:
    """What templates may name."""
    messages = day.messages
    inbound = sum(message.inbound for message in messages)
    texts = [text for each in messages if not each.is_deleted and (text := body_of(each, options))]
    values: dict[str, object] = {
        "channels": channel_names(messages, options.words),
        "contact_id": day.contact_id,
        "contact_name": day.contact_name,
        "date": day.date.isoformat(),
        "direction": ("Inbound" if messages[0].inbound else "Outbound") if messages else "",
        "first_message": texts[0] if texts else "",
        "inbound_count": inbound,
        "last_message": texts[-1] if texts else "",
        "message_count": len(messages),
        "outbound_count": len(messages) - inbound,
        "part": part,
        "participants": ", ".join(dict.fromkeys(each.sender for each in messages if each.sender)),
        "phone": day.phones[0] if day.phones else "",
        "response_minutes": _response_minutes(messages),
        "service_id": day.service_id,
        "service_name": day.service_name or "",
        "time_zone": day.time_zone,
    }
    return values | (dict.fromkeys(PRIVATE_NAMES, "") if bodies_left_out(day, options) else {})


def _response_minutes(messages: Sequence[Message]) -> int | str:
    """Whole minutes from the guest's first message to a person's next one; "" without both."""
    asked = next((each.at for each in messages if each.inbound), None)
    people = (each.at for each in messages if not each.inbound and not each.is_automated)
    answered = next((at for at in people if asked and at >= asked), None)
    return int((answered - asked).total_seconds()) // 60 if asked and answered else ""


def filled(template: object, values: Mapping[str, object]) -> object:
    """A template with its names replaced; what is no text is a constant."""
    return template.format(**values) if isinstance(template, str) else template


def url_problems(template: str | None) -> list[str]:
    """What is wrong with the address of a conversation, in sentences."""
    problems = template_problems("conversation_url", template, URL_NAMES)
    if template and not problems and not template.startswith(("https://", "http://")):
        problems = ["conversation_url: not an address that begins with https://."]
    return problems


def template_problems(
    name: str, template: object, names: frozenset[str] = TEMPLATE_NAMES
) -> list[str]:
    """What is wrong with a template wherever it stands, in sentences."""
    if not isinstance(template, str):
        return []
    try:
        unknown = sorted(_names(template) - names)
        if not unknown:
            template.format(**_SAMPLES)
    except (OverflowError, ValueError) as error:
        return [f"{name}: {error}."]
    known = ", ".join(sorted(names))
    return [f"{name}: {{{key}}} is unknown; use one of {known}." for key in unknown]


def field_problem(name: str, template: object, shape: FieldShape) -> str | None:
    """Why a template can't fill a field of that shape, in a sentence."""
    used = _names(template) if isinstance(template, str) else frozenset()
    samples = {**_SAMPLES, "response_minutes": 1_234_567, "date": "2026-03-02"}
    if shape.type in NUMBERS:
        used -= NUMBER_NAMES
    elif shape.type in {"date", "datetime"}:
        used -= {"date"}
    elif shape.type not in {"boolean", "reference"}:
        used = frozenset()
    if used:
        return (
            f"extra_fields.{name}: Task.{name} ({shape.type}) can't be filled from {{{min(used)}}}."
        )
    try:
        value = fitted(filled(template, samples), shape)
    except (OverflowError, ValueError) as error:
        return f"extra_fields.{name}: Task.{name} {error}."
    if value is not None and "{" not in str(template) and not is_option(value, shape):
        return f"extra_fields.{name}: Task.{name} takes only {', '.join(sorted(shape.options))}."
    return None


def _names(template: str) -> frozenset[str]:
    """The names in a template, those that stand in the format of another one included."""
    fields = [(key, spec) for _, key, spec, _ in Formatter().parse(template) if key is not None]
    return frozenset(key for key, _ in fields).union(*(_names(spec or "") for _, spec in fields))

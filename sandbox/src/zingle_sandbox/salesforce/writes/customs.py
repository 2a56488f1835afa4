"""What an administrator added: mandatory fields and validation rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.writes.values import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sandbox.salesforce.catalogue.sobjects import SObject
    from zingle_sandbox.salesforce.org.calls import Call


def check(call: Call, sobject: SObject, values: Mapping[str, Any], *, creating: bool) -> None:
    """Refuse a row that breaks one of this org's own rules.

    Raises:
        RowError: a mandatory field is empty, or a validation rule says no.
    """
    missing = [
        name
        for name in _of(sobject, str(call.org.option("required_fields") or ""))
        if (creating or name in values) and values.get(name) is None
    ]
    if missing:
        raise RowError(
            "REQUIRED_FIELD_MISSING",
            f"Required fields are missing: [{', '.join(missing)}]",
            missing,
        )
    for name, message in _of(sobject, str(call.org.option("validation_rules") or "")).items():
        if values.get(name) is not None:
            raise RowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, [name])


def _of(sobject: SObject, option: str) -> dict[str, str]:
    """The parts `Object.Field[=message]` of an option that are about this object."""
    found = {}
    for part in option.split(";"):
        path, _, message = part.strip().partition("=")
        owner, _, name = path.partition(".")
        if owner == sobject.name:
            found[name] = message
    return found

"""Check records with a compiled schema: about ten times faster than the SDK's default."""

from __future__ import annotations

import re
from typing import Any

import fastjsonschema
from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord
from singer_sdk.sinks.core import BaseJSONSchemaValidator
from typing_extensions import override


class CompiledValidator(BaseJSONSchemaValidator):
    """Validate records with `fastjsonschema`; formats are the mapping's business."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """Compile the schema.

        Raises:
            InvalidJSONSchema: If the stream's schema is not a JSON Schema.
        """
        super().__init__(schema)
        try:
            self._check = fastjsonschema.compile(
                _compilable(schema), handlers=_HANDLERS, use_formats=False
            )
        except (fastjsonschema.JsonSchemaDefinitionException, *_ODD_SCHEMAS) as error:
            raise InvalidJSONSchema("a stream's schema is not valid JSON Schema") from error

    @override
    def validate(self, record: dict[str, Any]) -> None:
        """Check one record.

        Raises:
            InvalidRecord: Naming the field and the rule, never the value.
        """
        try:
            self._check(record)
        except fastjsonschema.JsonSchemaValueException as error:
            field = ".".join(map(str, error.path[1:])) or "the record"
            raise InvalidRecord(f"{field} breaks the rule {error.rule}", record) from None
        except RecursionError:
            raise InvalidRecord("the record nests without end", record) from None


def _refuse(_: str) -> None:
    raise fastjsonschema.JsonSchemaDefinitionException("a schema refers to another place")


# A schema comes from outside: what it refers to is never fetched.
_HANDLERS = dict.fromkeys(("", "http", "https", "ftp", "file", "data"), _refuse)
# What the compiler raises where a schema is none at all.
_ODD_SCHEMAS = (TypeError, ValueError, KeyError, AttributeError, RecursionError, re.error)
# Expressions of a stranger's may run for ever, and say nothing that a mapping needs.
_EXPRESSIONS = {"pattern", "patternProperties"}


def _compilable(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """The schema without regular expressions.

    Raises:
        ValueError: If it refers to another document.
    """
    if isinstance(schema, list):
        return [_compilable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        raise ValueError("a schema refers to another place")
    kept = {
        name: {key: _compilable(item) for key, item in part.items()}
        if name == "properties" and isinstance(part, dict)
        else _compilable(part)
        for name, part in schema.items()
        if name not in _EXPRESSIONS
    }
    if "patternProperties" in schema:
        kept.pop("additionalProperties", None)
    return kept

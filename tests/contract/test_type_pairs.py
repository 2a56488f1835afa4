"""What the operator's command suggests is what target-zingle accepts."""

from __future__ import annotations

import pytest

from target_zingle.wanted.records import SourceField
from target_zingle.wanted.types import illegal_pair, target_field
from zingle_operator.fields.pairs import LEGAL_TYPES

ZINGLE_TYPES = (
    "string",
    "single_select_options",
    "number",
    "boolean",
    "date",
    "anniversary",
    "datetime",
    "time",
)


@pytest.mark.parametrize("salesforce_type", LEGAL_TYPES)
@pytest.mark.parametrize("zingle_type", ZINGLE_TYPES)
def test_suggested_pairs_are_the_legal_ones(salesforce_type: str, zingle_type: str) -> None:
    """A pair is suggested exactly when target-zingle accepts it."""
    hint = {"type": salesforce_type, "length": 80}
    source = SourceField(path="X", types=frozenset({"string"}), format=None, hint=hint)
    options = [{"id": "1", "value": "a", "display_name": "a"}]
    definition = {
        "id": "f",
        "display_name": "F",
        "data_type": zingle_type,
        "options": options if zingle_type == "single_select_options" else None,
    }

    suggested = zingle_type in LEGAL_TYPES[salesforce_type]
    assert suggested == (illegal_pair(source, target_field(definition)) is None)

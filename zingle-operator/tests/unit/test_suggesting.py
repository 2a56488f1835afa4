from __future__ import annotations

import doctest

from zingle_operator import console, progress
from zingle_operator.fields import suggestions
from zingle_operator.fields.suggestions import (
    Pair,
    SalesforceField,
    legal_sources,
    mapping_of,
    suggest,
)
from zingle_operator.replay import selection

SOURCES = [
    SalesforceField("Loyalty_Tier__c", "Loyalty Tier", "picklist", 255),
    SalesforceField("Phone", "Business Phone", "phone", 40),
    SalesforceField("Notes__c", "Notes", "textarea", 32768),
    SalesforceField("MailingAddress", "Address", "address"),
    SalesforceField("VIP__c", "VIP", "boolean"),
    SalesforceField("AccountId", "Account", "reference", 18),
]


def test_examples_are_true() -> None:
    """The doctests of these modules pass."""
    modules = (suggestions, selection, progress, console)
    assert [0, 0, 0, 0] == [doctest.testmod(module).failed for module in modules]


def test_same_names_of_legal_types_are_paired() -> None:
    """Names and labels pair fields; ids, compounds and illegal types are left out."""
    definitions = [
        {"display_name": "First Name", "data_type": "string"},
        {"display_name": "loyalty tier", "data_type": "string", "options": [{"id": "1"}]},
        {"display_name": "Business Phone", "data_type": "string"},
        {"display_name": "Notes", "data_type": "string"},
        {"display_name": "Address", "data_type": "string"},
        {"display_name": "Account", "data_type": "string"},
        {"display_name": "VIP", "data_type": "number"},
    ]

    assert [
        Pair("loyalty tier", SOURCES[0], truncate=False),
        Pair("Business Phone", SOURCES[1], truncate=False),
        Pair("Notes", SOURCES[2], truncate=True),
    ] == list(suggest(definitions, SOURCES))


def test_suggestion_is_a_ready_mapping() -> None:
    """Long texts get the overflow rule without which target-zingle would refuse them."""
    pairs_ = [
        Pair("Tier", SOURCES[0], truncate=False),
        Pair("Notes", SOURCES[2], truncate=True),
    ]

    assert {
        "contacts": {
            "fields": {
                "Tier": "Loyalty_Tier__c",
                "Notes": {"from": "Notes__c", "on_overflow": "truncate"},
            }
        }
    } == mapping_of("contacts", pairs_)


def test_likest_sources_come_first() -> None:
    """What may go into a field is listed by likeness."""
    definition = {"display_name": "Notes", "data_type": "string"}

    names = [one.name for one in legal_sources(definition, SOURCES)]
    assert "Notes__c" == names[0]
    assert "MailingAddress" not in names

from __future__ import annotations

import json

import pytest

from zingle_sandbox.answers import fault_body
from zingle_sandbox.faults import FaultRule

RULE = FaultRule("status", code="E", message="No")


@pytest.mark.parametrize(
    ("system", "path", "expected"),
    [
        ("salesforce", "/services/data/v62.0/query", [{"message": "No", "errorCode": "E"}]),
        ("salesforce", "/services/oauth2/token", {"error": "E", "error_description": "No"}),
        ("zingle", "/v2/token", {"error": "No"}),
        ("zingle", "/v2/services", {"code": "E", "description": "No", "fieldErrors": []}),
        (
            "zingle",
            "/v1/services",
            {
                "status": {
                    "text": "Bad Request",
                    "status_code": 400,
                    "description": "No",
                    "error_code": "E",
                }
            },
        ),
    ],
)
def test_a_fault_has_the_shape_of_what_was_called(system: str, path: str, expected: object) -> None:
    """Log-ins, both versions of Zingle and Salesforce fail each in their own way."""
    body, content_type = fault_body(RULE, system, path, 400)

    assert (expected, "application/json") == (json.loads(body), content_type)


def test_a_soap_log_in_fails_in_xml() -> None:
    """The SOAP endpoint answers with a fault."""
    rule = FaultRule("status", code="SERVER_UNAVAILABLE", message="a < b")

    body, content_type = fault_body(rule, "salesforce", "/services/Soap/u/59.0", 500)

    assert "text/xml" == content_type
    assert "<faultstring>SERVER_UNAVAILABLE: a &lt; b</faultstring>" in body


def test_codes_of_v1_are_numbers() -> None:
    """A numeric code is sent as a number, and without one the status stands in."""
    for code, expected in (("3104", 3104), ("", 400)):
        body, _ = fault_body(FaultRule("status", code=code), "zingle", "/v1/services", 400)

        assert expected == json.loads(body)["status"]["error_code"]

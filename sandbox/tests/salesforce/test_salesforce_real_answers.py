"""Recorded exchanges with real orgs, replayed: the shapes of the answers are compared."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from conftest import Org

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "salesforce"
pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"the recorded answers are not at {REAL}: NOTHING IS COMPARED"
)

# Files without a counterpart, and why.
WITHOUT = {
    "Event_describe.json": "the org has no Event",
    "Case_describe.json": "the org has no Case",
    "Custom__c_describe.json": "an invented object of three fields",
    "013_": "the org has no Event",
    "015_": "the org has no Event",
    "016_": "Bulk API 1.0 is not built",
    "017_": "Bulk API 1.0 is not built",
    "018_": "Bulk API 1.0 is not built",
    "019_": "Bulk API 1.0 is not built",
    "020_": "Bulk API 1.0 is not built",
    "036_": "Bulk API 1.0 is not built",
    "037_": "Bulk API 1.0 is not built",
    "038_": "Bulk API 1.0 is not built",
    "039_": "Bulk API 1.0 is not built",
    "040_": "Bulk API 1.0 is not built",
    "041_": "Connect is not built",
    "046_": "a broken gateway's answer; faults make those",
    "049_": "edited by hand: its request is no JSON",
    "050_": "edited by hand: its request names an object that its answer does not have",
    "error_codes.json": "an enumeration, compared in its own test",
}
COMPARED_ELSEWHERE = {
    "Account_describe.json",
    "Contact_describe.json",
    "Lead_describe.json",
    "Opportunity_describe.json",
    "Global_describe.json",
    "Organization.json",
    "Task_describe.derived.json",
    "Task_describe.reduced.json",
    "User_describe.reduced.json",
}
# Differences left on purpose, by file.
LEFT = {
    "003_": "the query names RecordTypeId: this org has no record types",
    "005_": "an empty object is absent; elsewhere it comes with the count 0",
    "007_": "an org without single sign-on lacks DelegatedAuthenticationServiceUrl",
    "014_": "the same the other way round",
    "021_": "the same the other way round",
    "048_": "its describes are cut down to a few keys",
}


def shape(value: Any, key: str = "") -> Any:  # noqa: ANN401 - JSON
    """A JSON value without what differs from org to org: keys and types stay."""
    if isinstance(value, dict):
        return {name: shape(one, name) for name, one in sorted(value.items())}
    if isinstance(value, list):
        shapes = [shape(one) for one in value]
        return [one for at, one in enumerate(shapes) if one not in shapes[:at]]
    if value is None or key in {"totalSize", "count"}:
        return "null" if value is None else "number"
    if isinstance(value, str) and key in {"type", "errorCode", "statusCode", "message"}:
        return value
    return (
        "number"
        if isinstance(value, (int, float)) and not isinstance(value, bool)
        else type(value).__name__
    )


def nullable(ours: Any, real: Any) -> bool:  # noqa: ANN401 - shapes
    """Whether two shapes agree, where any field may be null and any list empty."""
    if "null" in (ours, real):
        return True
    if isinstance(ours, dict) and isinstance(real, dict):
        return set(ours) == set(real) and all(nullable(ours[key], real[key]) for key in ours)
    if isinstance(ours, list) and isinstance(real, list):
        return not ours or not real or all(any(nullable(one, two) for two in real) for one in ours)
    return bool(ours == real)


class Replay:
    """Sends recorded requests, their foreign ids replaced by records made for the purpose."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.ids: dict[str, str] = {}

    def known(self, text: str) -> str:
        """A text with every foreign id replaced; records are made when first needed."""
        return re.sub(
            r"\b(001|003|006|00D)[0-9A-Za-z]{15}\b", lambda match: self._id(match[0]), text
        )

    def _id(self, foreign: str) -> str:
        if foreign.startswith("00D"):
            return str(self.org.values("SELECT Id FROM Organization")[0])
        if foreign not in self.ids:
            sobject, fields = {
                "001": ("Account", {"Name": "Made"}),
                "003": ("Contact", {"LastName": "Made", "Email": f"{foreign}@example.net".lower()}),
                "006": (
                    "Opportunity",
                    {"Name": "Made", "StageName": "New", "CloseDate": "2026-05-01"},
                ),
            }[foreign[:3]]
            self.ids[foreign] = self.org.create(sobject, **fields)
        return self.ids[foreign]

    def send(self, exchange: dict[str, Any]) -> tuple[int, Any]:
        """The answer to a recorded request: status and JSON value."""
        request = exchange["request"]
        url = urlsplit(re.sub(r"/v(?:xx|\d\d)\.0", "/v62.0", request["uri"]))
        query = f"?{self.known(url.query)}" if url.query else ""
        body = re.sub(r"/v(?:xx|\d\d)\.0", "/v62.0", self.known(request["body"] or ""))
        answer = self.org.send(
            request["method"], self.known(url.path) + query, data=body.encode() or None
        )
        return answer.status_code, answer.json()


def exchanges() -> list[Path]:
    """The recorded exchanges that have a counterpart."""
    return sorted(
        path
        for path in (REAL / "responses" / "cumulusci").glob("*.json")
        if not path.name.startswith(tuple(WITHOUT))
    )


@pytest.mark.parametrize("path", exchanges(), ids=lambda path: path.name[:40])
def test_recorded_answers_have_our_shape(org: Org, path: Path) -> None:
    """The same request gives the same status and the same keys and types."""
    exchange = json.loads(path.read_text(encoding="utf-8"))
    org.create("Account", Name="A", NumberOfEmployees=3)
    contact = org.create("Contact", LastName="B", Email="b@example.net")
    org.create("Opportunity", Name="C", StageName="New", CloseDate="2026-05-01", ContactId=contact)
    if path.name.startswith("003_"):
        exchange["request"]["uri"] = exchange["request"]["uri"].replace("RecordTypeId%2C+", "")
        exchange["response_body"] = re.sub(
            r'"RecordTypeId" : [^\n]*\n', "", exchange["response_body"]
        )
    status, ours = Replay(org).send(exchange)
    real = json.loads(exchange["response_body"])
    if path.name.startswith("007_"):
        del ours["DelegatedAuthenticationServiceUrl"]
    if path.name.startswith("048_"):
        assert [200, 200] == [part["httpStatusCode"] for part in ours["compositeResponse"]]
        for part, captured in zip(
            ours["compositeResponse"], real["compositeResponse"], strict=True
        ):
            assert set(captured["body"]) <= set(part["body"])
        return

    assert exchange["status"] == status
    assert nullable(shape(ours), shape(real)), (shape(ours), shape(real))


def test_a_recorded_bulk_job_has_our_shape(org: Org) -> None:
    """The answer to a new query job has the recorded keys and types."""
    real = json.loads((REAL / "responses" / "airbyte" / "job_response.json").read_text())
    body = {key: real[key] for key in ("operation", "contentType", "lineEnding", "columnDelimiter")}
    answer = org.rest("POST", "/jobs/query", json={**body, "query": "SELECT Id FROM Contact"})

    assert shape(real) == shape(answer.json())
    assert real["state"] == answer.json()["state"]


def test_recorded_records_have_our_shape(org: Org) -> None:
    """Standard fields of recorded records come back with the same types and formats."""
    formats = {
        "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000",
        "date": r"\d{4}-\d\d-\d\d",
    }
    lines = (
        (REAL / "responses" / "airbyte" / "expected_records_excerpt.jsonl").read_text().splitlines()
    )
    compared = 0
    for line in lines:
        record = json.loads(line)["data"]
        sobject = record.get("attributes", {}).get("type")
        if sobject not in {"Account", "Contact", "Lead"}:
            continue
        described = org.rest("GET", f"/sobjects/{sobject}/describe").json()["fields"]
        types = {field["name"]: field["type"] for field in described}
        for name, value in record.items():
            if value is None or name not in types:
                continue
            compared += 1
            if types[name] in formats:
                assert re.fullmatch(formats[types[name]], value)
            elif types[name] == "address":
                assert {
                    "city",
                    "country",
                    "geocodeAccuracy",
                    "latitude",
                    "longitude",
                    "postalCode",
                    "state",
                    "street",
                } == set(value)
            else:
                expected = {"boolean": bool, "int": int, "double": float, "currency": float}
                assert isinstance(value, expected.get(types[name], str))

    assert compared


def test_our_error_codes_are_real(org: Org) -> None:
    """Every code that the sandbox answers is in the service's enumerations, or known by name."""
    enumerated = set(re.findall(r"[A-Z][A-Z_]{4,}[A-Z]", (REAL / "error_codes.json").read_text()))
    source = Path(__file__).resolve().parents[2] / "src" / "zingle_sandbox" / "salesforce"
    ours = {
        code
        for path in source.rglob("*.py")
        for code in re.findall(
            r'(?:ApiError|RowError|SoqlError|SoapError)\(\s*(?:\d+,\s*)?"([A-Z_]+)"',
            path.read_text(),
        )
    }
    # Codes of the REST and Bulk layers, which the SOAP enumerations do not list.
    rest_only = {
        "METHOD_NOT_ALLOWED",
        "INVALID_AUTH_HEADER",
        "NOT_FOUND",
        "PROCESSING_HALTED",
        "INVALID_INPUT",
        "BATCH_PROCESSING_HALTED",
        "INVALIDJOB",
        "INVALIDENTITY",
        "INVALIDJOBSTATE",
        "JOB_NOT_COMPLETE",
        "FEATURENOTENABLED",
        "JSON_PARSER_ERROR",
        "UNSUPPORTED_API_VERSION",
        "API_ERROR",
    }

    assert set() == ours - enumerated - rest_only


def test_every_file_is_compared_or_left_out_for_a_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No recorded file is forgotten; what is left out, and what differs, is listed."""
    names = [path.name for path in REAL.rglob("*.json*") if path.is_file()]
    compared = {path.name for path in exchanges()} | COMPARED_ELSEWHERE
    compared |= {"job_response.json", "expected_records_excerpt.jsonl"}
    forgotten = [
        name for name in names if name not in compared and not name.startswith(tuple(WITHOUT))
    ]
    lines = [f"  {name:28} {reason}" for name, reason in (WITHOUT | LEFT).items()]
    head = f"\n{len(compared)} recorded files compared; left on purpose:"
    with capsys.disabled():
        sys.stdout.write("\n".join([head, *lines, ""]))

    assert [] == forgotten

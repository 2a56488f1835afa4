"""The SOQL of public projects against the sandbox."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Org

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "soql" / "sample.jsonl"
pytestmark = pytest.mark.skipif(
    not REAL.is_file(), reason=f"the collected queries are not at {REAL}: NOTHING IS TRIED"
)
BY_NAME = {"INVALID_FIELD", "INVALID_TYPE"}
BINDS = "Bind variables only allowed in Apex code"


def kind(query: dict[str, Any]) -> str:
    """What is known of a query."""
    if "apex_bind" in query["features"]:
        return "with an Apex bind"
    return {True: "valid", False: "invalid", None: "of unknown validity"}[query["valid"]]


def outcome(org: Org, query: dict[str, Any]) -> tuple[str, str]:
    """The code of the answer, and its message."""
    answer = org.rest("GET", "/query", params={"q": query["soql"]})
    if answer.status_code == 200:
        return "runs", ""
    assert answer.status_code == 400, (query["soql"], answer.text)
    (error,) = answer.json()
    return error["errorCode"], error["message"].splitlines()[-1]


def test_real_queries(org: Org, capsys: pytest.CaptureFixture[str]) -> None:
    """Valid ones run or name what this org lacks, invalid ones and Apex binds are refused."""
    queries = [json.loads(line) for line in REAL.read_text(encoding="utf-8").splitlines()]
    table: Counter[tuple[str, str]] = Counter()
    wrong = []
    for query in queries:
        code, message = outcome(org, query)
        table[kind(query), code] += 1
        words = set(re.findall(r"\w+", query["soql"]))
        by_name = code in BY_NAME and any(f"'{word}'" in message for word in words)
        right = {
            "valid": code == "runs" or by_name or message.startswith("invalid ID field: "),
            "invalid": code != "runs",
            "with an Apex bind": message == BINDS,
            "of unknown validity": True,
        }[kind(query)]
        if not right:
            wrong.append((kind(query), code, message, query["soql"]))
    lines = [f"  {known:20} {code:18} {count:4}" for (known, code), count in sorted(table.items())]
    with capsys.disabled():
        sys.stdout.write("\n".join([f"\n{len(queries)} real queries", *lines, ""]))

    assert 200 == len(queries)
    assert [] == wrong

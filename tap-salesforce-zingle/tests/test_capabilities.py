"""Stream maps, flattening, batches and whole tables work as declared, and lose nothing on the way."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox

RunTap = Callable[..., Any]


@pytest.fixture
def org(sandbox: RunningSandbox) -> RunningSandbox:
    """An org with nine contacts, in pages of three."""
    sandbox.sandbox.set_options({"salesforce_page_size": 3})
    insert_rows(
        sandbox.sandbox,
        "Contact",
        [
            {
                "LastName": f"P{number}",
                "SystemModstamp": f"2026-03-02T0{number}:00:00.000+0000",
                "IsDeleted": number == 4,
            }
            for number in range(9)
        ],
    )
    return sandbox


def config_of(org: RunningSandbox, **more: Any) -> dict[str, Any]:
    """Contacts through REST."""
    return {**org.salesforce_settings(), "objects": ["Contact"], "api": "rest", **more}


def batched(run: Any) -> list[str]:  # noqa: ANN401 - a run of the tap
    """The last names in the files that BATCH messages name."""
    names = []
    for message in run.messages:
        if message["type"] == "BATCH":
            for file in message["manifest"]:
                with gzip.open(unquote(urlparse(file).path), "rt") as lines:
                    names += [json.loads(line)["LastName"] for line in lines]
    return names


@pytest.mark.parametrize("skip", [2, 3, 9])
def test_batches(org: RunningSandbox, run_tap: RunTap, tmp_path: Path, skip: int) -> None:
    """No STATE passes a record that waits in a batch: a run that dies loses none."""
    batches = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": tmp_path.as_uri()},
        "batch_size": 2,
    }
    config = config_of(org, batch_config=batches)
    org.sandbox.faults.add(
        kind="status",
        path="re:/query",
        skip=skip,
        times=1,
        status=403,
        code="REQUEST_LIMIT_EXCEEDED",
        message="TotalRequests Limit exceeded.",
    )

    first = run_tap(config)
    second = run_tap(config, state=first.state)

    assert {f"P{number}" for number in range(9)} == {*batched(first), *batched(second)}
    assert [] == first.records("contacts")


def test_stream_maps(org: RunningSandbox, run_tap: RunTap) -> None:
    """A stream map changes and filters the ended rows as it does the living ones."""
    maps = {
        "contacts": {
            "LastName": "record['LastName'].lower()",
            "__filter__": "record['LastName'] != 'P7'",
        }
    }

    run = run_tap(config_of(org, stream_maps=maps))

    expected = ["p4", "p0", "p1", "p2", "p3", "p5", "p6", "p8"]
    assert (None, expected) == (run.error, [r["LastName"] for r in run.records("contacts")])


def test_flattening(org: RunningSandbox, run_tap: RunTap) -> None:
    """Parents become columns of their own when flattening is asked for."""
    query = {"name": "q", "soql": "SELECT Id, Owner.Name FROM Contact"}
    more = {"objects": [], "custom_queries": [query]}
    run = run_tap(config_of(org, **more, flattening_enabled=True, flattening_max_depth=1))

    assert (None, True) == (run.error, "Owner__Name" in run.records("q")[0])


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT LastName, COUNT(Id) n FROM Contact GROUP BY LastName",
        "SELECT Id FROM Contact LIMIT 5",
    ],
)
def test_whole_tables_have_versions(org: RunningSandbox, run_tap: RunTap, soql: str) -> None:
    """A stream that is read whole says which version of it is the newest; others do not."""
    query = {"name": "q", "soql": soql}
    run = run_tap(config_of(org, custom_queries=[query]))

    versions = {m["version"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"}
    records = {
        m.get("version") for m in run.messages if m["type"] == "RECORD" and m["stream"] == "q"
    }
    others = {
        m.get("version") for m in run.messages if m["type"] == "RECORD" and m["stream"] != "q"
    }
    assert (None, 1, versions, {None}) == (run.error, len(versions), records, others)


def test_odd_texts_are_the_same_through_both_apis(sandbox: RunningSandbox, run_tap: RunTap) -> None:
    """Characters that end lines or strings arrive alike through REST and Bulk; those that steer do not."""
    texts = [
        "nul\x00 in the middle",
        "next\u0085line\u2028and\u2029paragraph",
        'quotes "" and, commas\r\nand lines',
        "\\u0000 written out",
        "bell\x07 and escape\x1b[31m",
        "  blanks  ",
        "family 👨‍👩‍👧 and é",
        "00123",
        "NULL",
    ]
    insert_rows(
        sandbox.sandbox,
        "Contact",
        [
            {
                "LastName": f"{n}",
                "Description": text,
                "SystemModstamp": f"2026-03-02T0{n}:00:00.000+0000",
            }
            for n, text in enumerate(texts)
        ],
    )
    config = {**sandbox.salesforce_settings(), "objects": ["Contact"]}

    rest = run_tap({**config, "api": "rest"}).records("contacts")
    bulk = run_tap({**config, "api": "bulk"}).records("contacts")

    expected = [re.sub("[\x00\x07\x1b]", "", text) for text in texts]
    assert expected == [record["Description"] for record in rest]
    assert rest == sorted(bulk, key=lambda record: record["LastName"])

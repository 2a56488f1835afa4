from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from itertools import chain
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.exceptions import ConfigValidationError

from zingle_sync.outcomes import Outcome
from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes, open_log, recent_runs
from zingle_sync.singer.errors import AlreadyRunning, TooManyRejects
from zingle_sync.singer.sink import OutcomeSink
from zingle_sync.singer.target import SafeTarget

MakeTarget = Callable[..., SafeTarget]
Capsys = pytest.CaptureFixture[str]


def emitted(capsys: pytest.CaptureFixture[str]) -> list[int]:
    """The bookmarks that were emitted."""
    return [
        json.loads(line)["bookmarks"]["contacts"]["replication_key_value"]
        for line in capsys.readouterr().out.splitlines()
    ]


def test_state_follows_every_checkpoint(
    make_target: MakeTarget, singer: SimpleNamespace, capsys: Capsys
) -> None:
    """STATE is emitted after checkpoint_records settled records and at the end."""
    rows = chain.from_iterable([singer.record(f"a{n}"), singer.state(n)] for n in range(1, 26))

    make_target(checkpoint_records=10).listen(singer.lines([singer.schema(), *rows]))

    assert [10, 20, 25] == emitted(capsys)


def test_state_never_passes_unsettled_records(
    make_target: MakeTarget, singer: SimpleNamespace, capsys: Capsys
) -> None:
    """A crash in a batch leaves the state at the last checkpoint before it."""
    rows = [[singer.record(f"a{n}"), singer.state(n)] for n in range(1, 20)]
    rows.append([singer.record("crash"), singer.state(99)])
    target = make_target(checkpoint_records=10)

    with pytest.raises(RuntimeError, match="crash"):
        target.listen(singer.lines([singer.schema(), *chain.from_iterable(rows)]))

    assert [10] == emitted(capsys)


def test_dry_run_emits_no_state(
    make_target: MakeTarget, singer: SimpleNamespace, capsys: Capsys
) -> None:
    """A dry run eats no changes."""
    make_target(dry_run=True, checkpoint_records=1).listen(
        singer.lines([singer.schema(), singer.record("a"), singer.state(1), singer.state(2)])
    )

    assert [] == emitted(capsys)


def test_reject_does_not_stop_the_run(
    make_target: MakeTarget, singer: SimpleNamespace, capsys: Capsys, log_url: str
) -> None:
    """Rejected records are kept and the state moves past them."""
    make_target().listen(
        singer.lines(
            [
                singer.schema(),
                singer.record("bad", Amount=1),
                singer.record("good"),
                singer.state(1),
            ]
        )
    )

    assert [1] == emitted(capsys)
    assert {"bad": "rejected", "good": "created"} == {
        row["source_key"]: row["outcome"]
        for row in list_outcomes(open_log(log_url), OutcomeFilter())
    }


def test_on_reject_fail_stops_before_the_state(
    make_target: MakeTarget, singer: SimpleNamespace, capsys: Capsys
) -> None:
    """With on_reject fail the state stays before the rejected record."""
    with pytest.raises(TooManyRejects):
        make_target(on_reject="fail").listen(
            singer.lines([singer.schema(), singer.record("bad"), singer.state(1)])
        )

    assert [] == emitted(capsys)


def test_too_many_rejects_stop_the_run(make_target: MakeTarget, singer: SimpleNamespace) -> None:
    """More than max_error_rate of more than 50 records stops the run within a batch."""
    target = make_target()

    with pytest.raises(TooManyRejects, match=r"60 of 60 records"):
        target.listen(
            singer.lines([singer.schema(), *(singer.record(f"bad{n}") for n in range(500))])
        )

    assert 60 == len(target.written)


def test_dry_run_counts_every_reject(make_target: MakeTarget, singer: SimpleNamespace) -> None:
    """No limit stops a dry run: it tells how many records would be rejected."""
    target = make_target(dry_run=True, on_reject="fail")

    target.listen(singer.lines([singer.schema(), *(singer.record(f"bad{n}") for n in range(99))]))

    assert 99 == target.run.tally.rejected


def test_invalid_record_is_rejected_and_kept(
    make_target: MakeTarget, singer: SimpleNamespace, log_url: str
) -> None:
    """A record that breaks its schema never reaches the plugin, and names field and rule."""
    target = make_target()
    target.listen(singer.lines([singer.schema(), singer.record("a", Amount="much")]))

    (row,) = list_outcomes(open_log(log_url), OutcomeFilter())
    assert [] == target.written
    assert ("invalid_record", "Amount breaks the rule type") == (
        row["reason"],
        row["error_message"],
    )


def test_values_arrive_as_they_were_sent(make_target: MakeTarget, singer: SimpleNamespace) -> None:
    """Timestamps stay text and numbers exact."""
    target = make_target()
    target.listen(
        singer.lines(
            [singer.schema(), singer.record("a", At="2026-03-02T09:41:00.000+0000", Amount=0.1)]
        )
    )

    (written,) = target.written
    assert ("2026-03-02T09:41:00.000+0000", Decimal("0.1")) == (written["At"], written["Amount"])


def test_run_row_tells_how_it_went(
    make_target: MakeTarget, singer: SimpleNamespace, log_url: str
) -> None:
    """The run's row has counts, calls, both states, and that it began from a bookmark."""
    make_target().listen(
        singer.lines([singer.state(1), singer.schema(), singer.record("a"), singer.state(2)])
    )

    (run,) = recent_runs(open_log(log_url), "target-list", "", 9)
    assert ("target-list", "ok", False, {"created": 1}, {"list": 1}, 1, 2) == (
        run["plugin"],
        run["status"],
        run["full"],
        run["outcomes"],
        run["api_calls"],
        run["state_before"]["bookmarks"]["contacts"]["replication_key_value"],
        run["state_after"]["bookmarks"]["contacts"]["replication_key_value"],
    )


def test_run_without_a_bookmark_is_full(
    make_target: MakeTarget, singer: SimpleNamespace, log_url: str
) -> None:
    """A run whose tap had no state to repeat is a full run."""
    make_target().listen(singer.lines([singer.schema(), singer.record("a"), singer.state(2)]))

    assert [True] == [run["full"] for run in recent_runs(open_log(log_url), "target-list", "", 9)]


def test_all_config_problems_come_at_once_without_values(make_target: MakeTarget) -> None:
    """Every wrong setting is named, and the value of a secret is not."""
    with pytest.raises(ConfigValidationError) as raised:
        make_target(sync_log_url=12345, on_reject="ignore", checkpoint_records=0)

    assert [
        "checkpoint_records: breaks the rule minimum 1",
        "on_reject: must be one of continue, fail",
        "sync_log_url: must be of type string",
    ] == raised.value.errors


def test_number_may_come_as_text(make_target: MakeTarget) -> None:
    """Meltano hands decimals over as text; what is no number is named."""
    assert 0.7 == make_target(max_error_rate="0.7").config["max_error_rate"]
    with pytest.raises(ConfigValidationError) as raised:
        make_target(max_error_rate="many")

    assert ["max_error_rate: must be of type number"] == raised.value.errors


@pytest.mark.parametrize("value", [True, False, "append-only"])
@pytest.mark.parametrize("name", ["validate_records", "add_record_metadata", "load_method"])
def test_what_other_targets_have_is_refused_with_the_reason(
    make_target: MakeTarget, name: str, value: object
) -> None:
    """Whoever brings settings of a target for tables learns what this one does instead."""
    with pytest.raises(ConfigValidationError) as raised:
        make_target(**{name: value})

    (problem,) = raised.value.errors
    assert problem.startswith(f"{name}: is no setting here; ")


def test_about_lists_only_what_works(make_target: MakeTarget) -> None:
    """The SDK's settings are listed where they have an effect, and no others."""
    info = type(make_target())._get_about_info()

    assert {
        "batch_size_rows",
        "checkpoint_records",
        "dry_run",
        "faker_config",
        "flattening_enabled",
        "flattening_max_depth",
        "flattening_max_key_length",
        "flattening_separator",
        "log_personal_data",
        "max_error_rate",
        "on_reject",
        "report_file",
        "retention_days",
        "stream_map_config",
        "stream_maps",
        "sync_log_url",
    } == set(info.settings["properties"])
    assert ["about", "stream-maps", "schema-flattening", "structured-logging"] == [
        one.value for one in info.capabilities
    ]


def test_secret_settings_are_marked(make_target: MakeTarget) -> None:
    """The sync log's URL may hold a password, and is marked so."""
    url = type(make_target()).config_jsonschema["properties"]["sync_log_url"]

    assert url["secret"] is True


def test_signal_while_a_line_is_written_still_ends_with_its_number(
    make_target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python refuses to write a line inside a line; the exit code is the signal's all the same."""
    target = make_target()

    def refuse(*_: object) -> None:
        raise RuntimeError("reentrant call")

    monkeypatch.setattr(target.logger, "warning", refuse)
    with pytest.raises(SystemExit) as raised:
        target._handle_termination(2, None)

    assert 130 == raised.value.code


def test_records_before_a_new_schema_are_settled_under_their_own(
    make_target: MakeTarget, singer: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tap may change a stream's SCHEMA between its records; what came before keeps its types."""
    target = make_target()
    seen: list[tuple[str, list[str]]] = []
    sink_class = target.get_sink_class("contacts")
    settle = sink_class.settle

    def watched(sink: OutcomeSink, records: list[dict[str, object]]) -> object:
        seen.append((sink.schema["properties"]["Amount"]["type"], [str(r["Id"]) for r in records]))
        return settle(sink, records)

    monkeypatch.setattr(sink_class, "settle", watched)

    def typed(kind: str) -> dict[str, object]:
        message: dict[str, object] = singer.schema()
        return {**message, "schema": {"properties": {"Id": {}, "Amount": {"type": kind}}}}

    target.listen(
        singer.lines(
            [
                typed("string"),
                singer.record("a", Amount="007"),
                typed("string"),
                singer.record("b", Amount="008"),
                typed("number"),
                singer.record("c", Amount=7),
            ]
        )
    )

    assert [("string", ["a", "b"]), ("number", ["c"])] == seen


_PARTS = st.none() | st.text(st.sampled_from("a:%0\u00e9"), max_size=4) | st.integers(0, 3)


@given(st.lists(_PARTS, min_size=2, max_size=3), st.lists(_PARTS, min_size=2, max_size=3))
def test_a_key_of_several_parts_names_one_record(one: list[object], other: list[object]) -> None:
    """Colons inside a part, missing parts and their texts never make two records one."""

    class Sink(OutcomeSink):
        def __init__(self, length: int) -> None:
            self._key_properties = [str(place) for place in range(length)]

        def settle(self, records: list[dict[str, object]]) -> list[Outcome]:
            return []

    keys = [
        Sink(len(parts)).source_key({str(place): part for place, part in enumerate(parts)})
        for parts in (one, other)
    ]
    as_texts = [[None if part is None else str(part) for part in parts] for parts in (one, other)]

    assert (keys[0] == keys[1]) == (as_texts[0] == as_texts[1])


def test_a_second_run_ends_with_a_sentence_and_does_nothing(
    make_target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another run holds the service, this one waits, then ends with 75; a dry run needs none."""
    monkeypatch.setattr("zingle_sync.singer.target.LOCK_SECONDS", 0.0)
    first = make_target()
    first.hold("svc", "other")
    first.hold("svc")
    make_target(dry_run=True).hold("svc")

    with pytest.raises(AlreadyRunning, match="writes to svc; nothing was done") as raised:
        make_target().hold("svc")
    assert 75 == raised.value.exit_code

    first.finish()
    second = make_target()
    second.hold("svc", "other")
    second.finish()


def test_changed_settings_are_told_once_with_the_command(
    make_target: MakeTarget,
    singer: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next run after a change says what does not follow it; a preview says it every time."""

    def run(mapping: str | None, *, state: bool = True, **config: object) -> bool:
        caplog.clear()
        monkeypatch.setattr(SafeTarget, "mapping_hash", mapping)
        beginning = [singer.state(1)] if state else []
        messages = [*beginning, singer.schema(), singer.record("a")]
        make_target(**config).listen(singer.lines(messages))
        return "--full-refresh" in caplog.text

    assert [
        run("old"),  # nothing to compare with
        run("old"),
        run("new", dry_run=True),
        run("new", dry_run=True),
        run("new"),
        run("new"),
        run("third", state=False),  # everything is read anyway
        run("third"),
        run(None),  # a plugin without such settings
        run("fourth"),
    ] == [False, False, True, True, True, False, False, False, False, True]


def test_changed_settings_are_those_of_the_same_plugin(
    make_target: MakeTarget,
    singer: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Loaders of one kind, and environments, have settings of their own."""
    for place in ("west", "east", "prod"):
        name = "MELTANO_ENVIRONMENT" if place == "prod" else "MELTANO_LOADER_NAME"
        monkeypatch.setenv(name, place)
        monkeypatch.setattr(SafeTarget, "mapping_hash", place)
        make_target().listen(singer.lines([singer.state(1), singer.schema(), singer.record("a")]))

    assert "--full-refresh" not in caplog.text

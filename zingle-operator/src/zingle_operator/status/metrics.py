"""What a monitor draws curves of: a file for the node exporter's textfile collector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_operator.errors import OperatorError
from zingle_sync.status.from_log import by_service
from zingle_sync.status.verdict import ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from prometheus_client import CollectorRegistry

    from zingle_sync.status.from_log import PipelineStanding


_OF_SERVICE = ("pipeline", "service_id", "service")


def write_metrics(
    path: Path, standings: Sequence[PipelineStanding], names: Mapping[str, str]
) -> None:
    """Write the gauges of some pipelines in Prometheus' text format, in one piece.

    Args:
        path: The file, which ends in `.prom` where the textfile collector reads it.
        standings: How the pipelines stand.
        names: What people call the services, by id.

    Raises:
        OperatorError: If the extra `metrics` is missing, or the file can't be written.
    """
    try:
        from prometheus_client import CollectorRegistry, write_to_textfile  # noqa: PLC0415 - extra
    except ImportError as error:
        raise OperatorError("--prometheus needs the extra zingle-operator[metrics]") from error
    registry = CollectorRegistry()
    _fill(registry, standings, names)
    try:
        write_to_textfile(str(path), registry)  # to a temporary file first, then renamed
    except OSError as error:
        raise OperatorError(f"{path} can't be written: {error.strerror}") from error


def _fill(
    registry: CollectorRegistry, standings: Sequence[PipelineStanding], names: Mapping[str, str]
) -> None:
    from prometheus_client import Gauge  # noqa: PLC0415 - its caller has told that it is there

    def gauge(name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"zingle_sync_{name}", what, labels, registry=registry)

    status = gauge(
        "status",
        "1 for the word that the status of a service in a pipeline is, 0 for the others.",
        *_OF_SERVICE,
        "status",
    )
    for service_id, statuses in by_service(standings).items():
        for pipeline, one in statuses.items():
            place = (pipeline, service_id, names.get(service_id, ""))
            for word in ORDER:
                status.labels(*place, word).set(word == one.word)
    success = gauge(
        "last_success_timestamp_seconds",
        "End of the pipeline's newest run that ended well, in seconds since 1970.",
        "pipeline",
    )
    records = gauge("records", "Records by where they stand now.", *_OF_SERVICE, "outcome")
    calls = gauge(
        "last_run_calls",
        "API calls of the pipeline's newest runs, of the tap and of the target.",
        *("pipeline", "system"),
    )
    used = gauge("quota_used_calls", "API calls of the last 24 hours, whoever sent them.", "system")
    most = gauge("quota_max_calls", "API calls that the service allows in 24 hours.", "system")
    for facts in (standing.facts for standing in standings):
        ended_well = (run.finished_at for run in facts.target_runs if run.status == "ok")
        if end := next(ended_well, None):
            success.labels(facts.name).set(end.timestamp())
        for row in facts.standing:
            place = (facts.name, row["service_id"], names.get(row["service_id"], ""))
            records.labels(*place, row["outcome"]).inc(row["count"])
        newest = [*facts.target_runs[:1], *facts.tap_runs[:1]]
        for system, count in (pair for run in newest for pair in run.api_calls.items()):
            calls.labels(facts.name, system).inc(count)
        for system, quota in (pair for run in newest for pair in run.quota.items()):
            used.labels(system).set(quota["used"])
            most.labels(system).set(quota["max"])

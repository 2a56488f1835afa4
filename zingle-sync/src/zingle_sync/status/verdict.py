"""Connected, Needs Attention or Never run: decided from what the sync log holds. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from zingle_sync.status.facts import PipelineFacts, RunFacts, ServiceFacts, Status, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

ORDER: tuple[Word, ...] = ("Connected", "Never run", "Needs Attention")
SILENCE = timedelta(hours=1)
LONGEST_SILENCE = timedelta(days=1)
STALE_FACTOR = 2
# Schedules are late by the time that Meltano itself needs.
STALE_GRACE = timedelta(minutes=1)

REMEDIES: Mapping[str, str] = {
    "LoginError": "Correct the Salesforce log-in, then see `zingle-sync check`.",
    "ConfigurationError": "See `zingle-sync check`, which names everything that is wrong.",
    "ConfigValidationError": "Correct the settings that are named; see `zingle-sync check`.",
    "NotFoundError": "See `zingle-sync check`: an object or field is gone or hidden.",
    "QueryError": "Correct the query that is named.",
    "QuotaError": "Nothing: the next run goes on. Raise quota_percent_* if it happens every day.",
    "StopRun": "Do what the reason says; the next run goes on where this one ended.",
    "TooManyRejects": "See `zingle-sync outcomes`, correct the cause, then `zingle-sync replay`.",
    "TransientError": "Nothing, if the service is down; the next run goes on where this one ended.",
    "SyncLogError": "Make the sync log writable: rejected records are kept there.",
}
OTHER_REMEDY = "See the log of the run; the next run goes on where this one ended."


_OF_SALESFORCE = re.compile(
    r"Salesforce answered .+? with HTTP (?P<status>\d{3})(?: (?P<code>\w+))?"
    r"(?:: (?P<words>.*?))?\.?",
    re.DOTALL,
)
_OF_ZINGLE = re.compile(
    r"(?:GET|POST|PUT|PATCH|DELETE) \S+: (?P<words>.*) "
    r"\(HTTP (?P<status>\d{3})(?:, code (?P<code>\S+))?\)\.?",
    re.DOTALL,
)
_STATUS = re.compile(r" \(HTTP \d{3}\)|HTTP \d{3},? ")
_SERVER_ERROR, _TOO_MANY = 500, 429


def worst(statuses: Iterable[Status]) -> Status:
    """The status that a group of pipelines or services has: that of its worst member.

    `Never run` beside `Connected` is `Never run`; with nothing at all it is `Never run`, too.
    """
    return max(
        statuses,
        key=lambda one: ORDER.index(one.word),
        default=Status("Never run", "There is no pipeline."),
    )


def pipeline_status(facts: PipelineFacts, *, now: datetime) -> Status:
    """The status of a pipeline as a whole, without its records.

    Args:
        facts: What is known.
        now: The present.
    """
    finished = [run for run in facts.target_runs if not _is_running(run, now)]
    if not finished:
        return _tap_failure(facts, now) or (
            Status("Never run", "The first run is under way.", todo="Wait for its end.")
            if facts.target_runs
            else Status(
                "Never run",
                "The pipeline has not run yet.",
                todo="Start it: see the README's section First load.",
            )
        )
    return (
        _run_failure(finished)
        or _tap_failure(facts, now)
        or _staleness(facts, now)
        or _mapping_change(facts, finished)
        or _selection_change(facts)
        or _stopped_linking(finished)
        or Status(
            "Connected",
            f"The last run ended well at {_clock(finished[0].finished_at)}.",
            _streak_start(finished),
        )
    )


def service_status(pipeline: Status, service: ServiceFacts, *, reject_threshold: float) -> Status:
    """The status of one service in one pipeline.

    Args:
        pipeline: The pipeline's own status: what ails it ails every service.
        service: Where the service's records stand.
        reject_threshold: Share of rejected records, 0 to 1, above which somebody must look.
    """
    rejected = sum(service.rejected.values())
    if pipeline.word != "Connected" or rejected <= reject_threshold * service.records:
        return pipeline
    reasons = ", ".join(
        f"{reason} {count:,}"
        for reason, count in sorted(service.rejected.items(), key=lambda item: -item[1])
    )
    return Status(
        "Needs Attention",
        f"{rejected:,} of {service.records:,} records are rejected: {reasons}.",
        service.rejected_since,
        "See `zingle-sync outcomes --kind rejected`, correct the cause, then `zingle-sync replay`.",
    )


def _is_running(run: RunFacts, now: datetime) -> bool:
    """Whether a run without an end is still under way, as far as that can be known."""
    if run.status != "running":
        return False
    # The number of a process is given to others, and soon so where a container starts again.
    silence = LONGEST_SILENCE if run.alive else SILENCE
    return run.alive is not False and now - run.seen_at < silence


def _clock(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _failed(run: RunFacts) -> bool:
    return run.status != "ok"


def _run_failure(finished: Sequence[RunFacts]) -> Status | None:
    # What single records came to says nothing of the last run about all.
    about_all = [run for run in finished if not run.of_some]
    last = next((run for run in (*finished[:1], *about_all[:1]) if _failed(run)), None)
    if last is None:
        return None
    finished = finished if last is finished[0] else about_all
    match last.status:
        case "running":
            reason = f"The last run crashed: its last sign of life is of {_clock(last.seen_at)}."
            todo = "Run it again; nothing is lost. Look at the machine's memory and logs."
        case "terminated":
            reason = "The last run was stopped from outside."
            todo = "Run it again; it goes on where it ended."
        case _:
            reason = _reason(last)
            todo = REMEDIES.get(last.error_class or "", OTHER_REMEDY)
    return Status("Needs Attention", reason, _streak_start(finished), todo)


def _reason(run: RunFacts) -> str:
    if len(run.problems) > 1:
        first = run.problems[0].removeprefix("Configuration: ")
        more = len(run.problems) - 1
        return f"{first} (and {more} more problem{'s' if more > 1 else ''})"
    return in_words(run.error) if run.error else "The last run failed."


def in_words(error: str) -> str:
    """An error of a run as people say it: without methods, paths and numbers of HTTP.

    The log of the run and `zingle-sync runs` keep it as it was.

    >>> in_words("GET services/1/contacts: the service is down (HTTP 503)")
    'Zingle is not well: the service is down.'
    """
    of_salesforce, of_zingle = _OF_SALESFORCE.fullmatch(error), _OF_ZINGLE.fullmatch(error)
    if not (found := of_salesforce or of_zingle):
        return _STATUS.sub("", error)
    system = "Salesforce" if of_salesforce else "Zingle"
    status, words, code = int(found["status"]), found["words"], found["code"]
    verb = "refuses a call"
    if status >= _SERVER_ERROR:
        verb = "is not well"
    elif status == _TOO_MANY:
        verb = "wants fewer calls"
    told = f": {words.strip().rstrip('.')}" if words else ""
    return f"{system} {verb}{told}{f' ({code})' if code else ''}."


def _tap_failure(facts: PipelineFacts, now: datetime) -> Status | None:
    status = _run_failure([run for run in facts.tap_runs if not _is_running(run, now)])
    return status and Status(
        status.word, f"Reading failed: {status.reason}", status.since, status.todo
    )


def _staleness(facts: PipelineFacts, now: datetime) -> Status | None:
    if facts.interval is None:
        return None
    about_all = [run for run in facts.target_runs if not run.of_some]
    last = max(run.finished_at or run.seen_at for run in about_all or facts.target_runs)
    due = last + facts.interval * STALE_FACTOR + STALE_GRACE
    if any(_is_running(run, now) for run in facts.target_runs) or now <= due:
        return None
    return Status(
        "Needs Attention",
        f"No run since {_clock(last)}; one is due every {spoken(facts.interval)}.",
        last + facts.interval,
        "Look whether the scheduler runs.",
    )


def _mapping_change(facts: PipelineFacts, finished: Sequence[RunFacts]) -> Status | None:
    """A changed mapping reaches only the records that change, until a full run."""
    current = finished[0].mapping_hash
    changed: RunFacts | None = None
    # A run that settled nothing brought its mapping to no record.
    for run in [finished[0], *(run for run in finished[1:] if run.settled or run.full)]:
        if run.mapping_hash != current:
            break
        if run.full and not _failed(run):
            return None
        changed = run
    else:
        return None  # the oldest runs are forgotten, or this is the only mapping there ever was
    if current is None or changed is None:
        return None
    records = sum(service.records for service in facts.services)
    return Status(
        "Needs Attention",
        "The mapping changed; records that did not change since still have the old one.",
        changed.started_at,
        f"`{facts.refresh_command}` reads and compares all {records:,} records again.",
    )


def _selection_change(facts: PipelineFacts) -> Status | None:
    """What the tap reads changed, and older records have not been read with it yet."""
    told = [run for run in facts.tap_runs if run.unread is not None]
    if not told or not told[0].unread:
        return None
    since = next(
        (newer for newer, older in pairwise([*told, None]) if older is None or not older.unread)
    )
    changes = "; ".join(f"{name}: {', '.join(what)}" for name, what in told[0].unread.items())
    return Status(
        "Needs Attention",
        f"What is read changed ({changes}); records that did not change since are as before.",
        since.started_at if since else None,
        f"`{facts.refresh_command}` reads everything again.",
    )


def _stopped_linking(finished: Sequence[RunFacts]) -> Status | None:
    """The newest run that settled anything says whether linking is safe."""
    telling = next((run for run in finished if run.settled), None)
    if telling is None or not telling.linking_stopped:
        return None
    return Status(
        "Needs Attention",
        "Linking a contact changed something else on it; it was undone, and linking stopped.",
        telling.started_at,
        "See `zingle-sync outcomes`. `zingle-sync check --probe SERVICE` tries it on a scratch "
        "contact there, and lets runs link again if that does no harm.",
    )


def _streak_start(finished: Sequence[RunFacts]) -> datetime:
    """When the newest run's way of ending began."""
    start = finished[0]
    for run in finished:
        if _failed(run) != _failed(finished[0]) or run.error_class != finished[0].error_class:
            break
        start = run
    return start.started_at


def spoken(duration: timedelta) -> str:
    """A duration in words.

    >>> spoken(timedelta(minutes=5)), spoken(timedelta(hours=25)), spoken(timedelta(seconds=1))
    ('5 minutes', '25 hours', '1 second')
    """
    seconds = int(duration.total_seconds())
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and (seconds % size == 0 or seconds >= size * 10):
            count = seconds // size
            return f"{count:,} {word}" + ("" if count == 1 else "s")
    return f"{seconds} seconds"


def as_json(status: Status) -> dict[str, Any]:
    """The status for programs."""
    return {
        "status": status.word,
        "reason": status.reason,
        "since": status.since,
        "todo": status.todo,
    }

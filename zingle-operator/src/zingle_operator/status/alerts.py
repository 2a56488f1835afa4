"""Tell people when a status changes, and when it is well again. Sending is apprise's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zingle_operator.errors import OperatorError
from zingle_sync.outcomes.database import connect
from zingle_sync.outcomes.lookups import recall, remember
from zingle_sync.status.from_log import by_service
from zingle_sync.zingle import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zingle_operator.project.project import Project
    from zingle_sync.status.facts import Status
    from zingle_sync.status.from_log import PipelineStanding

# What the last alert told, kept in the sync log under this plugin and name.
PLUGIN, TOLD = "zingle-sync", "alerted"
ATTENTION = "Needs Attention"


@dataclass(frozen=True, slots=True)
class Alert:
    """What people are told.

    Attributes:
        title: The new word, and of whom.
        text: One line for each change: pipeline, service, reason, what to do. No personal data:
            the reasons are the sync log's, which masks it.
    """

    title: str
    text: str


def as_told(before: Mapping[str, str], now: Mapping[tuple[str, str], Status]) -> dict[str, str]:
    """What was told last, of the places that there are now and of pipelines not looked at. Pure.

    A pipeline stands alone until it serves a service, and for what it can't route: what was told
    of a place that is gone since was told of the pipeline, so that its recovery is told, too, and
    the same trouble once more when it comes back.
    """
    places = {_place(*place): status for place, status in now.items()}
    told = {place: word for place, word in before.items() if place in places}
    pipelines = {pipeline for pipeline, _ in now}
    for place, word in sorted(before.items(), key=lambda entry: entry[1] != ATTENTION):
        pipeline = place.rpartition("/")[0]
        if pipeline not in pipelines:
            told[place] = word
        elif place not in places:
            for own in (one for one in places if one.rpartition("/")[0] == pipeline):
                if word == ATTENTION and places[own].word != ATTENTION:
                    told[own] = word
                told.setdefault(own, word)
    return told


def alert_of(
    before: Mapping[str, str] | None,
    now: Mapping[tuple[str, str], Status],
    names: Mapping[str, str],
) -> Alert | None:
    """What is worth telling, None for nothing. Pure.

    Args:
        before: The word that was told last, by `pipeline/service_id`; None where nothing was told
            yet: then only what needs attention is worth telling.
        now: How each service stands, by pipeline and service id.
        names: What people call the services, by id.
    """
    changed = {
        place: status for place, status in now.items() if _is_news(before, _place(*place), status)
    }
    if not changed:
        return None
    words = {status.word for status in changed.values()}
    word = ATTENTION if ATTENTION in words else min(words)
    lines = []
    for (pipeline, service_id), status in changed.items():
        where = ", ".join(filter(None, [pipeline, named(service_id, names) if service_id else ""]))
        told = " ".join(filter(None, [status.reason, status.todo]))
        lines.append(f"{status.word}: {where}. {told}")
    return Alert(f"Salesforce and Zingle: {word}", "\n".join(lines))


def _is_news(before: Mapping[str, str] | None, place: str, status: Status) -> bool:
    former = None if before is None else before.get(place)
    if former is None:
        return status.word == ATTENTION
    return status.word != former


def _place(pipeline: str, service_id: str) -> str:
    return f"{pipeline}/{service_id}"


def words_of(now: Mapping[tuple[str, str], Status]) -> dict[str, str]:
    """What is remembered of an alert."""
    return {_place(*place): status.word for place, status in now.items()}


def notify(
    project: Project,
    standings: Sequence[PipelineStanding],
    names: Mapping[str, str],
    urls: Iterable[str],
) -> Alert | None:
    """Tell people of a change since the last alert, by every one of some addresses.

    What could not be told to all is told again next time.

    Args:
        project: Whose sync log remembers.
        standings: How the pipelines stand.
        names: What people call the services, by id.
        urls: Addresses of apprise, which hold secrets and are never shown.

    Raises:
        OperatorError: If the extra `alerts` is missing, or an alert could not be sent.
    """
    try:
        from apprise import Apprise  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise OperatorError("--notify needs the extra zingle-operator[alerts]") from error
    now = {
        (pipeline, service_id): status
        for service_id, statuses in by_service(standings).items()
        for pipeline, status in statuses.items()
    }
    engine = connect(project.sync_log_url)
    before = recall(engine, project.environment, PLUGIN, TOLD)
    before = None if before is None else as_told(before, now)
    alert = alert_of(before, now, names)
    failed = []
    for number, url in enumerate(urls, start=1):
        sender = Apprise()
        if not sender.add(url):
            raise OperatorError(f"address {number} of --notify is none that apprise knows")
        if alert and not sender.notify(title=alert.title, body=alert.text):
            failed.append(str(number))
    if failed:
        raise OperatorError(
            f"the alert could not be sent to address {', '.join(failed)} of --notify; "
            "it is sent again next time"
        )
    # Of a pipeline that was not looked at what was told stays told.
    remember(engine, project.environment, PLUGIN, TOLD, {**(before or {}), **words_of(now)})
    engine.dispose()
    return alert

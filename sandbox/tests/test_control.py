from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox.gate import Gate

if TYPE_CHECKING:
    from starlette.types import Message

    from zingle_sandbox.testing import RunningSandbox


def ask(sandbox: RunningSandbox, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 - JSON
    """One control call that must succeed; its JSON."""
    answer = requests.request(method, f"{sandbox.url}/_sandbox/{path}", json=content, timeout=10)
    answer.raise_for_status()
    return answer.json()


def problem(sandbox: RunningSandbox, method: str, path: str, content: object) -> str:
    """What a refused control call says."""
    answer = requests.request(method, f"{sandbox.url}/_sandbox/{path}", json=content, timeout=10)

    assert 400 == answer.status_code
    return str(answer.json()["error"])


def test_the_journal_holds_a_call_before_its_answer_arrives(sandbox: RunningSandbox) -> None:
    """Whoever has an answer finds the call, with its side, status and time."""
    requests.get(f"{sandbox.url}/services/data?token=secret&x=1", timeout=10)

    (call,) = ask(sandbox, "GET", "journal")

    assert {
        "number": 1,
        "system": "salesforce",
        "method": "GET",
        "path": "/services/data",
        "query": "token=***&x=1",
        "status": 200,
        "is_token": False,
        "changed_rows": 0,
        "fault": None,
    }.items() <= call.items()
    assert call["at"].startswith("2026-03-02T")
    assert call["milliseconds"] > 0


@pytest.mark.parametrize("status", [204, 302, 304, 503])
def test_the_journal_holds_a_call_before_an_answer_without_a_body(
    sandbox: RunningSandbox, status: int
) -> None:
    """Such an answer has arrived with its headers: nothing of the call comes later."""
    sandbox.faults.add(kind="status", status=status, empty=True)
    noted: list[tuple[str, int]] = []

    class Cycle:
        """What the server hands to the application, and what has left it so far."""

        transport = None

        async def receive(self) -> Message:
            return {"type": "http.request"}

        async def send(self, message: Message) -> None:
            noted.append((message["type"], len(sandbox.journal())))

    cycle = Cycle()
    call = {"type": "http", "method": "GET", "path": "/services/data", "raw_path": b""}
    scope = {**call, "query_string": b"", "headers": []}
    asyncio.run(Gate(sandbox.sandbox)(scope, cycle.receive, cycle.send))

    assert ("http.response.start", 1) == noted[0]


def test_the_journal_can_be_narrowed(sandbox: RunningSandbox) -> None:
    """By side, to the last ones, to violations."""
    for path in ("/services/data", "/v1/nothing-here", "/v1/"):
        requests.get(f"{sandbox.url}{path}", timeout=10)

    def paths(query: str) -> list[str]:
        return [call["path"] for call in ask(sandbox, "GET", f"journal?{query}")]

    assert ["/v1/nothing-here", "/v1/"] == paths("system=zingle")
    assert ["/v1/"] == paths("last=1")
    assert ["/v1/nothing-here"] == paths("violations=1")


def test_log_ins_are_left_out_of_the_summary(sandbox: RunningSandbox) -> None:
    """Token requests are counted beside the calls, on both sides."""
    settings = sandbox.zingle_settings()
    login = (settings["username"], settings["password"])
    requests.post(f"{sandbox.url}/v2/token", auth=login, timeout=10)
    requests.post(f"{sandbox.url}/services/oauth2/token", timeout=10)
    requests.get(f"{sandbox.url}/v1/", auth=login, timeout=10)

    summary = ask(sandbox, "GET", "summary")

    assert (0, 1) == (summary["salesforce"]["calls"], summary["salesforce"]["token_requests"])
    assert (1, 1) == (summary["zingle"]["calls"], summary["zingle"]["token_requests"])


def test_the_clock_can_be_set_moved_and_frozen(sandbox: RunningSandbox) -> None:
    """All in one call; the Date header of both services follows."""
    clock = ask(
        sandbox,
        "POST",
        "clock",
        {"set": "2026-07-01T00:00:00Z", "advance": 3600, "frozen": True},
    )

    assert {"now": "2026-07-01T01:00:00", "frozen": True} == {**clock, "now": clock["now"][:19]}
    date = requests.get(f"{sandbox.url}/services/data", timeout=10).headers["Date"]
    assert "Wed, 01 Jul 2026 01:00:00 GMT" == date


@pytest.mark.parametrize("content", [{"set": "yesterday"}, {"sett": "x"}, {"advance": "far"}])
def test_a_clock_call_that_makes_no_sense_is_refused(
    sandbox: RunningSandbox, content: dict[str, str]
) -> None:
    """Mistakes are answered with 400 and a sentence."""
    assert problem(sandbox, "POST", "clock", content)


def test_faults_are_added_listed_and_removed(sandbox: RunningSandbox) -> None:
    """The list shows how many calls a rule matched and hit."""
    name = ask(sandbox, "POST", "faults", {"kind": "status", "path": "/v1/", "skip": 1})["id"]
    for _ in range(2):
        requests.get(f"{sandbox.url}/v1/", timeout=10)

    (rule,) = ask(sandbox, "GET", "faults")

    assert (name, 2, 1) == (rule["id"], rule["matched"], rule["fired"])
    assert [] == ask(sandbox, "DELETE", f"faults/{name}")


def test_an_unknown_fault_field_is_refused(sandbox: RunningSandbox) -> None:
    """A typing mistake in a rule must not make it match everything."""
    assert "pth" in problem(sandbox, "POST", "faults", {"kind": "status", "pth": "/v1/*"})


def test_profiles_are_switched_by_name(sandbox: RunningSandbox) -> None:
    """Known values are taken; unknown names and values are refused, and nothing is switched."""
    assert "append" == ask(sandbox, "POST", "profile", {"put_channels": "append"})["put_channels"]

    assert "unknown profile" in problem(sandbox, "POST", "profile", {"put_chanels": "append"})
    assert "replace, append" in problem(
        sandbox, "POST", "profile", {"put_fields": "replace", "put_channels": "often"}
    )
    assert "merge" == ask(sandbox, "GET", "profile")["put_fields"]["value"]


def test_options_are_set_by_name(sandbox: RunningSandbox) -> None:
    """Known options are taken, unknown ones refused."""
    changed = ask(sandbox, "POST", "options", {"salesforce_daily_limit": 7})

    assert 7 == changed["salesforce_daily_limit"]
    assert "unknown options" in problem(sandbox, "POST", "options", {"no_such_option": 1})
    for wrong in ("7", True, None):
        assert "not" in problem(sandbox, "POST", "options", {"salesforce_daily_limit": wrong})


def test_reset_takes_everything_back(sandbox: RunningSandbox) -> None:
    """Rows, journal, faults, profiles and options are as at the start."""
    ask(sandbox, "POST", "profile", {"put_channels": "append"})
    ask(sandbox, "POST", "options", {"salesforce_daily_limit": 7})
    ask(sandbox, "POST", "faults", {"kind": "status", "path": "/nowhere"})
    requests.get(f"{sandbox.url}/v1/", timeout=10)

    status = ask(sandbox, "POST", "reset", {"seed": "demo", "anchor": "2026-06-15"})

    assert ("demo", "2026-06-15", 0) == (status["seed"], status["anchor"], status["faults"])
    assert "replace" == status["profile"]["put_channels"]
    assert 100_000 == status["options"]["salesforce_daily_limit"]
    assert 0 == status["summary"]["zingle"]["calls"]
    assert status["clock"]["now"].startswith("2026-06-15T19:00")
    assert 1340 == len(ask(sandbox, "GET", "truth"))


def test_the_scale_seed_fills_both_sides(sandbox: RunningSandbox) -> None:
    """So many people and guests as were asked for."""
    ask(sandbox, "POST", "seed", {"people": 500, "contacts": 300})
    count = sandbox.sandbox.store.value

    assert 400 == count("SELECT count(*) FROM sf_Contact")
    assert 100 == count("SELECT count(*) FROM sf_Lead")
    assert 300 == count("SELECT count(*) FROM zg_contacts")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("seed", {"seed": "no-such-seed"}),
        ("seed", {"anchor": "2026-02-30"}),
        ("reset", {"seeds": "demo"}),
        ("reset", [1]),
    ],
)
def test_seeds_that_do_not_exist_are_refused(
    sandbox: RunningSandbox, path: str, content: object
) -> None:
    """Unknown seeds, dates and keys are answered with 400 and a sentence."""
    assert problem(sandbox, "POST", path, content)


def test_unknown_paths_are_refused_and_journalled(sandbox: RunningSandbox) -> None:
    """Each side answers in its own shape; the journal keeps a violation."""
    zingle = requests.get(f"{sandbox.url}/v1/nothing-here", timeout=10)
    own = requests.get(f"{sandbox.url}/nothing-here", timeout=10)

    assert [404, 404] == [zingle.status_code, own.status_code]
    assert 404 == zingle.json()["status"]["status_code"]
    assert ["GET /v1/nothing-here: there is no such path here (404)"] == sandbox.violations()

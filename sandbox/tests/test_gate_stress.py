from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import requests

from zingle_sandbox.faults import KINDS

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox

THREADS = 8
CALLS = 40


def test_the_journal_loses_no_call_whatever_goes_wrong(sandbox: RunningSandbox) -> None:
    """Under faults of every kind at once, each call is answered or cut, and noted exactly once."""
    for kind in KINDS:
        sandbox.faults.add(
            kind=kind,  # type: ignore[arg-type]  # one of KINDS
            probability=0.15,
            seed=len(kind),
            seconds=0.001,
            per_second=1,
            status=503,
        )
    settings = sandbox.zingle_settings()
    paths = [
        "/services/data",
        "/v1/",
        f"/v1/services/{sandbox.service_id}/contacts",
        "/v1/nothing-here",
        "/services/data/v62.0/limits",
    ]
    outcomes: list[int] = []

    def client(number: int) -> None:
        chance = random.Random(number)
        with requests.Session() as session:
            session.auth = (settings["username"], settings["password"])
            for _ in range(CALLS):
                method = chance.choice(["GET", "POST"])
                try:
                    answer = session.request(
                        method, sandbox.url + chance.choice(paths), json={}, timeout=60
                    )
                    outcomes.append(answer.status_code)
                except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                    outcomes.append(0)

    threads = [threading.Thread(target=client, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    calls = sandbox.journal()
    fired = {rule.kind: hits for rule, _, hits in sandbox.faults.active()}
    assert THREADS * CALLS == len(outcomes) == len(calls)
    assert set(range(1, THREADS * CALLS + 1)) == {call.number for call in calls}
    assert sum(fired.values()) == sum(call.fault is not None for call in calls)
    assert sum(call.status == 0 for call in calls) == fired["drop_before"] + fired["drop_after"]
    assert [] == [kind for kind, hits in fired.items() if hits == 0]
    assert {0, 200, 404, 429, 503} <= set(outcomes)
    assert [] == sandbox.failures()


def test_a_handler_that_fails_is_answered_and_told_of(sandbox: RunningSandbox) -> None:
    """A bug of the sandbox gives 500 and a violation, and the next call is served."""
    sandbox.sandbox.store.execute("ALTER TABLE zg_services RENAME TO gone")
    settings = sandbox.zingle_settings()
    url = f"{sandbox.url}/v1/services"
    login = (settings["username"], settings["password"])
    broken = requests.get(url, auth=login, timeout=10)
    sandbox.sandbox.store.execute("ALTER TABLE gone RENAME TO zg_services")

    assert 500 == broken.status_code
    assert "no such table" in broken.json()["sandbox_failure"]
    assert 1 == len(sandbox.failures())
    assert 200 == requests.get(url, auth=login, timeout=10).status_code
    sandbox.clear_journal()

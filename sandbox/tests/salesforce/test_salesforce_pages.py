from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zingle_sandbox import salesforce
from zingle_sandbox.salesforce.queries import results

if TYPE_CHECKING:
    from conftest import Org

SOQL = "SELECT LastName FROM Contact ORDER BY LastName"


@pytest.fixture
def many(org: Org) -> list[str]:
    """5,000 contacts; their names in order."""
    names = [f"N{number:04d}" for number in range(5_000)]
    salesforce.insert_rows(org.running.sandbox, "Contact", ({"LastName": name} for name in names))
    return names


def test_pages_lead_to_every_row_once(org: Org, many: list[str]) -> None:
    """2,000 rows a page; only the last page has no way on."""
    pages = [org.page(SOQL)]
    while not pages[-1]["done"]:
        pages.append(org.send("GET", pages[-1]["nextRecordsUrl"]).json())

    assert [2_000, 2_000, 1_000] == [len(page["records"]) for page in pages]
    assert {5_000} == {page["totalSize"] for page in pages}
    assert "nextRecordsUrl" not in pages[-1]
    assert many == [record["LastName"] for page in pages for record in page["records"]]


@pytest.mark.parametrize(("wish", "size"), [(250, 250), (10, 200), (9_999, 2_000)])
def test_the_page_size_follows_the_header_within_bounds(
    org: Org, many: list[str], wish: int, size: int
) -> None:
    """`batchSize` is honoured between 200 and 2,000."""
    answer = org.rest(
        "GET", "/query", params={"q": SOQL}, headers={"Sforce-Query-Options": f"batchSize={wish}"}
    )

    assert size == len(answer.json()["records"])


def test_short_pages_are_complete_too(org: Org, many: list[str]) -> None:
    """Pages of any size, as the service may give, add up to the same rows."""
    org.options(short_pages=True)
    sizes = set()
    page = org.page(SOQL)
    names = []
    while True:
        names += [record["LastName"] for record in page["records"]]
        sizes.add(len(page["records"]))
        if page["done"]:
            break
        page = org.send("GET", page["nextRecordsUrl"]).json()

    assert many == names
    assert len(sizes) > 2


def test_order_means_nothing_without_order_by(org: Org, many: list[str]) -> None:
    """The same query answers in another order each time, and every row once."""
    first, second = (org.values("SELECT LastName FROM Contact") for _ in range(2))
    org.options(shuffle=False)

    assert first != second
    assert many == sorted(first) == sorted(second)
    assert many == org.values("SELECT LastName FROM Contact")


def test_long_results_are_complete(
    org: Org, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results whose rows are looked up after the first page are complete, ordered or not."""
    monkeypatch.setattr(results, "_READ_WHOLE", 3_000)
    monkeypatch.setattr(results, "_SHUFFLED_WHOLE", 700)

    assert many == org.values(SOQL)
    assert many == sorted(org.values("SELECT LastName FROM Contact"))
    assert org.page(SOQL)["totalSize"] == 5_000


def test_a_result_is_of_the_moment_of_the_query(org: Org, many: list[str]) -> None:
    """Rows made later do not come; rows deleted meanwhile vanish."""
    page = org.page(SOQL)
    org.create("Contact", LastName="N4999a")
    (gone,) = org.values("SELECT Id FROM Contact WHERE LastName = 'N3000'")
    org.rest("DELETE", f"/sobjects/Contact/{gone}")
    names = []
    while not page["done"]:
        page = org.send("GET", page["nextRecordsUrl"]).json()
        names += [record["LastName"] for record in page["records"]]

    assert [name for name in many[2_000:] if name != "N3000"] == names


def test_locators_expire_and_belong_to_a_user(org: Org, many: list[str]) -> None:
    """After two days, or with another offset, a locator is invalid; a new session does not matter."""
    url = org.page(SOQL)["nextRecordsUrl"]
    org.log_in()
    fresh = org.send("GET", url)
    beyond = org.send("GET", url.replace("-2000", "-5000"))
    unknown = org.rest("GET", "/query/0r8xx3d5sAdGHGAIA4-2000")
    org.running.sandbox.clock.advance(49 * 3600)
    org.log_in()
    old = org.send("GET", url)
    org.profile(lost_locator="404")

    assert 200 == fresh.status_code
    for answer in (beyond, unknown, old):
        assert (
            400,
            [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}],
        ) == (answer.status_code, answer.json())
    assert 404 == org.send("GET", url).status_code


def test_rows_of_a_late_commit_appear_with_an_old_stamp(org: Org) -> None:
    """A row can become visible after others that carry a younger stamp."""
    clock = org.running.sandbox.clock
    org.insert("Contact", {"LastName": "Early", "SystemModstamp": "2026-03-02T08:00:00.000+0000"})
    org.insert(
        "Contact",
        {"LastName": "Late", "SystemModstamp": "2026-03-02T07:00:00.000+0000"},
        visible_at=clock.timestamp() + 60,
    )
    before = org.values("SELECT LastName FROM Contact ORDER BY SystemModstamp")
    clock.advance(61)

    assert ["Early"] == before
    assert ["Late", "Early"] == org.values("SELECT LastName FROM Contact ORDER BY SystemModstamp")


def test_query_all_pages_stay_query_all(org: Org) -> None:
    """The next page comes under /query and still shows deleted rows."""
    rows = ({"LastName": f"N{n:03d}", "IsDeleted": True} for n in range(300))
    org.insert("Contact", *rows)
    answer = org.rest(
        "GET", "/queryAll", params={"q": SOQL}, headers={"Sforce-Query-Options": "batchSize=200"}
    ).json()
    rest = org.send("GET", answer["nextRecordsUrl"]).json()

    assert answer["nextRecordsUrl"].startswith("/services/data/v62.0/query/")
    assert (200, 100, True) == (len(answer["records"]), len(rest["records"]), rest["done"])


def test_ids_can_carry_a_reader_from_page_to_page(org: Org, many: list[str]) -> None:
    """`Id > last` in id order, and after equal stamps, reaches every row once."""
    seen: list[str] = []
    last = "000000000000000"
    while True:
        page = org.query(
            f"SELECT Id, LastName FROM Contact WHERE Id > '{last}' ORDER BY Id LIMIT 900"
        )
        if not page:
            break
        seen += [record["LastName"] for record in page]
        last = page[-1]["Id"]
    (stamp,) = set(org.values("SELECT SystemModstamp FROM Contact"))
    utc = stamp.replace("+0000", "Z")
    tail = org.values(
        f"SELECT LastName FROM Contact WHERE (SystemModstamp > {utc} OR (SystemModstamp = {utc}"
        f" AND Id > '{last}')) ORDER BY SystemModstamp, Id"
    )

    assert many == seen
    assert [] == tail

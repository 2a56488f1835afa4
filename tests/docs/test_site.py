"""The documentation's site: every page is in it, no link is dead, nothing comes from elsewhere."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import docs_site
import pytest
from distributions import facts
from docs_site import SiteError, navigation, pages, problems, rewritten

README = PurePosixPath("tap-zingle/README.md")
PAGE = PurePosixPath("docs/operations.md")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site") / "stage"
    docs_site.stage(folder)
    return docs_site.build(folder)


def _places(entries: list[Any]) -> list[str]:
    found: list[str] = []
    for entry in entries:
        (value,) = entry.values() if isinstance(entry, dict) else (entry,)
        found += [value] if isinstance(value, str) else _places(value)
    return found


def test_no_link_is_dead_and_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    """Links lead to pages and places that exist; scripts, styles, fonts and pictures are local."""
    assert len(list(site.rglob("*.html"))) > 40
    assert [] == problems(site)


def test_every_page_is_in_the_navigation_once(site: Path) -> None:
    """Whoever only clicks reaches every page."""
    listed = _places(navigation())
    built = {path.relative_to(site).with_suffix(".md").as_posix() for path in site.rglob("*.html")}

    assert len(listed) == len(set(listed))
    assert built - {"404.md"} == set(listed)


def test_no_diagram_needs_a_script_of_others(site: Path) -> None:
    """Diagrams are pictures; a page with Mermaid would fetch its program."""
    for path in site.rglob("*.html"):
        assert 'class="mermaid"' not in path.read_text(encoding="utf-8"), path


def test_every_setting_command_and_word_is_in_the_reference(site: Path) -> None:
    """The reference is made of the code: spot checks of each page."""
    expected = {
        "settings": "formula_refresh_hours",
        "commands": "zingle-sync replay",
        "outcomes": "external_id_too_long",
        "mapping": "on_overflow",
        "input": "is_opted_out",
    }

    for page, word in expected.items():
        assert word in (site / "reference" / f"{page}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("#streams", "#streams"),
        ("../docs/operations.md", "../operations.md"),
        ("../docs/operations.md#check", "../operations.md#check"),
        ("../target-zingle/", "target-zingle.md"),
        ("../target-zingle/README.md#mapping", "target-zingle.md#mapping"),
        ("../docs/salesforce", "../salesforce/index.md"),
        ("../docs/images/page.png", "../images/page.png"),
        ("../README.md", "../project.md"),
        ("../LICENSE", f"{facts().tree}/LICENSE"),
        ("../definitions/", f"{facts().tree}/definitions"),
        ("https://example.org/x.md", "https://example.org/x.md"),
        ("mailto:somebody@example.org", "mailto:somebody@example.org"),
    ],
)
def test_a_link_of_a_readme_becomes_one_of_the_site(link: str, expected: str) -> None:
    """What is a page there is linked as a page, the rest at the repository's address."""
    known = pages()
    text = rewritten(f"See [it]({link}).\n", README, known, known[README])

    assert f"See [it]({expected}).\n" == text


def test_a_part_of_a_readme_on_another_page_keeps_its_links() -> None:
    """An anchor of the README's own leads there from wherever its part is shown."""
    known = pages()
    text = rewritten(
        "[a](#streams) [b](../LICENSE)", README, known, PurePosixPath("reference/x.md")
    )

    assert f"[a](../packages/tap-zingle.md#streams) [b]({facts().tree}/LICENSE)" == text


def test_every_dead_link_of_a_page_is_told_at_once() -> None:
    """Links to files that are not there stop the build, each named with its page."""
    text = "[a](no-page.md) [b](../nowhere/x.py) [c](architecture.md)"
    with pytest.raises(SiteError) as raised:
        rewritten(text, PAGE, pages(), PurePosixPath("operations.md"))

    assert str(raised.value).splitlines() == [
        "docs/operations.md: no-page.md leads nowhere",
        "docs/operations.md: ../nowhere/x.py leads nowhere",
    ]


def test_code_is_left_as_it_is() -> None:
    """What looks like a link inside of a block of code is code."""
    text = "```md\n[a](no-page.md)\n```\n\n  ````text\n  [b](no-page.md)\n  ````\n"

    assert text == rewritten(text, PAGE, pages(), PurePosixPath("operations.md"))


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="gone.html">x</a>', "gone.html leads nowhere"),
        ('<a href="../../up.html">x</a>', "../../up.html leads nowhere"),
        ('<a href="other.html#there">x</a>', "other.html#there has no such place"),
        ('<a href="#nowhere">x</a>', "#nowhere has no such place"),
        ('<img src="gone.svg">', "gone.svg is not there"),
        ('<img src="https://cdn.example/x.png">', "fetch https://cdn.example/x.png"),
        ('<img srcset="a.png 1x, https://cdn.example/b.png 2x" src="a.png">', "cdn.example/b.png"),
        ('<script src="//cdn.example/x.js"></script>', "fetch //cdn.example/x.js"),
        ('<link rel="stylesheet" href="https://fonts.example/css">', "https://fonts.example/css"),
        ('<link rel="preconnect" href="https://fonts.example">', "https://fonts.example"),
        ('<iframe src="https://video.example/1"></iframe>', "https://video.example/1"),
        ('<object data="https://x.example/1"></object>', "https://x.example/1"),
        ('<link rel="canonical" href="https://docs.example/">', None),
        ('<a href="https://www.singer.io/">x</a>', None),
        ('<a href="other.html#here">x</a><a href="folder/">y</a><a href="#top">z</a>', None),
        ('<img src="data:image/png;base64,AAAA">', None),
    ],
)
def test_what_is_wrong_with_a_built_page_is_found(
    tmp_path: Path, html: str, problem: str | None
) -> None:
    """A dead link, a missing place, a missing file and a foreign address are told, nothing else."""
    (tmp_path / "a.png").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "index.html").write_text("<p id=x>", encoding="utf-8")
    (tmp_path / "other.html").write_text('<h1 id="here">x</h1>', encoding="utf-8")
    (tmp_path / "index.html").write_text(f'<body id="top">{html}', encoding="utf-8")

    found = problems(tmp_path)

    assert len(found) == (problem is not None)
    assert all(str(problem) in one and one.startswith("index.html: ") for one in found)


@pytest.mark.parametrize(
    "css", ["@import 'https://x.example/a.css';", "p{background:url(//x.example/a.png)}"]
)
def test_a_style_that_fetches_from_elsewhere_is_found(tmp_path: Path, css: str) -> None:
    """Imports and pictures of style sheets count too."""
    (tmp_path / "site.css").write_text(css, encoding="utf-8")

    assert ["x.example" in one for one in problems(tmp_path)] == [True]

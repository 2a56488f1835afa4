"""Build the documentation's site: `docs/`, the packages' pages, and reference pages of the code.

Pages are staged below `.site/`, built by Zensical without a network, and looked through: no link
is dead, no anchor missing, and nothing is fetched from elsewhere when somebody opens a page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import distributions
import reference
import tomlkit
from distributions import PUBLISHED, ROOT
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = ROOT / "docs"
STAGE = ROOT / ".site"
SITE = ROOT / "site"
LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
# What a browser fetches by itself when it shows a page.
FETCHED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
FETCHING_RELATIONS = {
    "dns-prefetch",
    "icon",
    "manifest",
    "modulepreload",
    "preconnect",
    "prefetch",
    "preload",
    "stylesheet",
}


class SiteError(Exception):
    """What is wrong with the pages, one line each."""


def pages() -> dict[PurePosixPath, PurePosixPath]:
    """Return every page's place in the repository and on the site."""
    found = {
        PurePosixPath("README.md"): PurePosixPath("project.md"),
        PurePosixPath("CHANGELOG.md"): PurePosixPath("changelog.md"),
        PurePosixPath("CONTRIBUTING.md"): PurePosixPath("contributing.md"),
    }
    for package in (*PUBLISHED, "sandbox"):
        found[PurePosixPath(package, "README.md")] = PurePosixPath("packages", f"{package}.md")
    for path in sorted(DOCS.rglob("*.md")):
        place = PurePosixPath(path.relative_to(DOCS).as_posix())
        if place.name == "README.md":
            place = place.with_name("index.md")
        found[PurePosixPath(path.relative_to(ROOT).as_posix())] = place
    return found


def rewritten(
    text: str,
    source: PurePosixPath,
    known: Mapping[PurePosixPath, PurePosixPath],
    at: PurePosixPath,
) -> str:
    """Return a page with its links as the site needs them.

    Args:
        text: Markdown, with links as the repository needs them.
        source: Where it is in the repository.
        known: Every page's place in the repository and on the site.
        at: Its own place on the site.

    Raises:
        SiteError: If a link leads nowhere.
    """
    here, tree = at.parent, distributions.facts().tree
    dead: list[str] = []

    def place(match: re.Match[str]) -> str:
        link = match.group()
        path, hash_, anchor = link.partition("#")
        if re.match(r"[a-z][a-z+.-]*:", link) or (not path and at == known[source]):
            return link
        target = PurePosixPath(os.path.normpath(source.parent / unquote(path) if path else source))
        if target / "README.md" in known:
            target /= "README.md"
        if target in known:
            relative = os.path.relpath(known[target], here)
            return f"{relative}{hash_}{anchor}"
        file = ROOT / target
        if not file.exists():
            dead.append(f"{source}: {link} leads nowhere")
        elif target.parts[0] == "docs" and file.is_file():
            return os.path.relpath(PurePosixPath(*target.parts[1:]), here)
        return f"{tree}/{target}{hash_}{anchor}"

    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(place, text[end : fence.start()]), fence.group()]
        end = fence.end()
    parts.append(LINK.sub(place, text[end:]))
    if dead:
        raise SiteError("\n".join(dead))
    return "".join(parts)


def _title(path: Path) -> str:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("# ").strip()


def _listed(folder: str) -> list[Any]:
    overview = [f"{folder}/index.md"] if (DOCS / folder / "README.md").exists() else []
    return overview + [
        {_title(path): f"{folder}/{path.name}"}
        for path in sorted((DOCS / folder).glob("*.md"))
        if path.name != "README.md"
    ]


def _there(*names: str) -> list[dict[str, str]]:
    return [{_title(DOCS / name): name} for name in names if (DOCS / name).exists()]


def navigation() -> list[Any]:
    """Return the site's navigation: learning, doing, looking up, understanding, developing."""
    packages: list[Any] = [{name: f"packages/{name}.md"} for name in (*PUBLISHED, "sandbox")]
    return [
        {"Home": "index.md"},
        {"Start": _there("tutorial.md", "first-hour.md")},
        {"How to": [*_listed("how-to"), *_there("containers.md", "operations.md")]},
        {"Coming from": _there("coming-from-the-vendor.md", "coming-from-other-taps.md")},
        {
            "Reference": [
                *({title: f"reference/{name}"} for name, title in reference.TITLES.items())
            ]
        },
        {"Packages": packages},
        {"Explanation": [*_listed("explanation"), *_there("api-assumptions.md", "comparison.md")]},
        {
            "Project": [
                {"At a glance": "project.md"},
                {"Changelog": "changelog.md"},
                {"Salesforce set-up": "salesforce/index.md"},
                {"Contributing": "contributing.md"},
                *_there("architecture.md", "faq-coverage.md"),
                {"Decisions": _listed("decisions")},
            ]
        },
    ]


def stage(folder: Path) -> None:
    """Write what the builder takes: pages with their links, pictures, configuration.

    Raises:
        SiteError: If a link leads nowhere.
    """
    shutil.rmtree(folder, ignore_errors=True)
    docs = folder / "docs"
    known = pages()
    texts = [((ROOT / one).read_text(encoding="utf-8"), one, at) for one, at in known.items()]
    for name, (text, package) in reference.pages().items():
        source = PurePosixPath(package, "README.md")
        texts.append((text, source, PurePosixPath("reference", name)))
    dead: list[str] = []
    for text, source, at in texts:
        page = docs / at
        page.parent.mkdir(parents=True, exist_ok=True)
        try:
            page.write_text(rewritten(text, source, known, at), encoding="utf-8")
        except SiteError as error:
            dead.append(str(error))
    if dead:
        raise SiteError("\n".join(dead))
    for path in DOCS.rglob("*"):
        if path.suffix in {".svg", ".png", ".css"}:
            copy = docs / path.relative_to(DOCS)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    configuration: Any = tomlkit.parse((ROOT / "zensical.toml").read_text(encoding="utf-8"))
    configuration["project"]["nav"] = navigation()
    (folder / "zensical.toml").write_text(tomlkit.dumps(configuration), encoding="utf-8")


def build(folder: Path) -> Path:
    """Build the staged pages; returns the folder of the site.

    Raises:
        SiteError: If the builder warns of anything.
    """
    answer = subprocess.run(
        [str(Path(sys.executable).with_name("zensical")), "build", "--strict", "--clean"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise SiteError(answer.stdout + answer.stderr)
    return folder / "site"


class _Page(HTMLParser):
    """What a page has: places to link to, links, and what is fetched with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.anchors |= {has[name] for name in ("id", "name") if name in has}
        if tag == "a" and "href" in has:
            self.links.append(has["href"])
        elif tag == "link" and FETCHING_RELATIONS & set(has.get("rel", "").split()):
            self.fetched.append(has.get("href", ""))
        elif FETCHED.get(tag) in has:
            self.fetched.append(has[FETCHED[tag]])
        self.fetched += [part.split()[0] for part in has.get("srcset", "").split(",") if part]


def problems(site: Path) -> list[str]:
    """Return what is wrong with a built site: dead links, missing places, foreign fetches."""
    read = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in read.items():
        told = [_fetch_problem(path, one, site) for one in page.fetched]
        told += [_link_problem(path, one, site, read) for one in page.links]
        found += [f"{path.relative_to(site)}: {one}" for one in told if one]
    for path in sorted(site.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        addresses = re.findall(r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')\s]+)", text)
        found += [f"{path.relative_to(site)}: the browser would fetch {one}" for one in addresses]
    return found


def _fetch_problem(page: Path, address: str, site: Path) -> str | None:
    parts = urlsplit(address)
    if parts.netloc or parts.scheme not in {"", "data"}:
        return f"the browser would fetch {address}"
    if not parts.scheme and not _target(page, address, site).is_file():
        return f"{address} is not there"
    return None


def _link_problem(page: Path, link: str, site: Path, read: Mapping[Path, _Page]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = _target(page, link, site) if parts.path else page
    if not target.is_file():
        return f"{link} leads nowhere"
    if parts.fragment and target in read and unquote(parts.fragment) not in read[target].anchors:
        return f"{link} has no such place"
    return None


def _target(page: Path, link: str, site: Path) -> Path:
    path = unquote(urlsplit(link).path)
    target = (site / path.lstrip("/")) if path.startswith("/") else page.parent / path
    target = Path(os.path.normpath(target))
    return target / "index.html" if target.is_dir() else target


def main() -> int:
    """Build `site/`, or with `--check` only look whether it could be."""
    try:
        stage(STAGE)
        built = build(STAGE)
    except SiteError as error:
        print(error)
        return 1
    if found := problems(built):
        print(*found, sep="\n")
        return 1
    count = len(list(built.rglob("*.html")))
    if "--check" not in sys.argv[1:]:
        shutil.rmtree(SITE, ignore_errors=True)
        built.rename(SITE)
        print(f"{count} pages: {SITE / 'index.html'}")
    else:
        print(f"site: {count} pages, no dead link, nothing from elsewhere")
    return 0


if __name__ == "__main__":
    sys.exit(main())

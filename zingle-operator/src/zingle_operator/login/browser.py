"""Let a user allow the app in a browser, and keep the grant."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING, Any

import typer

from zingle_operator.console import say
from zingle_operator.errors import OperatorError
from zingle_operator.login.loopback import PATH, Loopback
from zingle_sync.salesforce import GrantRequest, SalesforceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WAIT = 300.0
DEFAULT_PORT = 1717


def keep_grant(
    settings: Mapping[str, Any], store: Path, *, port: int = DEFAULT_PORT, browser: bool = True
) -> None:
    """Get a grant for connection settings, and keep it in a token store.

    Args:
        settings: `client_id` and what else there is of the Salesforce connection.
        store: The file.
        port: Where the browser comes back; the app's callback URL names it.
        browser: Whether there is one on this machine; else the page's address is printed.

    Raises:
        OperatorError: If there is no grant in the end.
    """
    try:
        grant = GrantRequest.from_settings(settings, f"http://localhost:{port}{PATH}")
        org = grant.keep(_answer(grant, port, browser=browser), str(store))
    except SalesforceError as error:
        raise OperatorError(str(error)) from error
    say(f"The grant for {org} is kept in {store}.")


def own_store(root: Path) -> Path:
    """A file of a project, in a folder of its own that no repository takes up."""
    folder = root / ".zingle-sync"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    return folder / "salesforce-grant.json"


def _answer(grant: GrantRequest, port: int, *, browser: bool) -> str:
    """Where the browser was sent when the user had decided."""
    if not browser:
        say(f"Open this page in any browser, and allow the app:\n\n{grant.address}\n")
        say("The browser then ends at an address of localhost that it can't open.")
        return str(typer.prompt("That whole address", err=True))
    with Loopback(port, grant.is_answer) as loopback:
        say(f"Allow the app in the browser; if none opens, open this page:\n\n{grant.address}\n")
        webbrowser.open(grant.address)
        return loopback.wait(WAIT)

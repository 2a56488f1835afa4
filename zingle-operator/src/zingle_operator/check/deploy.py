"""Deploy the Salesforce side: the key field on Activity, the permission set, its assignment.

Source: Metadata API Developer Guide, `deploy()` and `checkDeployStatus()`.
"""

from __future__ import annotations

import io
import time
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import typer

from target_salesforce_activity.rules import DEFAULT_KEY_FIELD
from zingle_operator.check.salesforce import advice, stops_all
from zingle_operator.console import add_row, plain_table, print_table, say
from zingle_operator.errors import OperatorError
from zingle_operator.progress import watched
from zingle_sync.salesforce import Salesforce, SalesforceError
from zingle_sync.salesforce.answers import reason_in
from zingle_sync.salesforce.errors import RELOGIN_CODES, TRANSIENT_CODES, error_for
from zingle_sync.salesforce.messages import clean_message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable

    from zingle_operator.project.project import Project

PERMISSION_SET = "Zingle_Conversations"
PACKAGE = files("zingle_operator") / "salesforce"
BY_HAND = (
    "an administrator can deploy the folder docs/salesforce of the repository, as its README says"
)
RIGHT = "The user needs Modify Metadata Through Metadata API Functions"
# Seconds. Salesforce queues deployments; a field and a permission set take some seconds then.
_LONGEST, _STEP = 600.0, 2.0
_PAUSES = (2.0, 8.0, 30.0)
_ENDS = frozenset({"Succeeded", "SucceededPartial", "Failed", "Canceled"})


def deploy(project: Project, plugin: str, *, ask: bool) -> bool:
    """Deploy to the org of a plugin's log-in, and let that user use it.

    Args:
        project: Whose settings log in.
        plugin: Which of its plugins.
        ask: Whether a person must agree first.

    Returns:
        Whether anything was deployed.

    Raises:
        OperatorError: If Salesforce refuses; then nothing was deployed, or all but the assignment.
    """
    try:
        client = Salesforce.from_settings(project.settings(plugin))
        table = plain_table("org", "what", "which")
        add_row(table, client.org_id, "field on Activity", f"{DEFAULT_KEY_FIELD} (unique text)")
        add_row(table, client.org_id, "permission set", PERMISSION_SET)
        add_row(table, client.org_id, "assigned to user", client.user_id)
        print_table(table, stderr=True)
        if ask and not typer.confirm("Deploy this to Salesforce?", err=True):
            return False
        with watched("deploying to Salesforce"):
            _deploy(client)
        say(f"{DEFAULT_KEY_FIELD} and {PERMISSION_SET} are deployed.")
        _assign(client)
    except SalesforceError as error:
        todo = advice(error) if stops_all(error) else f"{RIGHT}; without it {BY_HAND}"
        raise OperatorError(f"{str(error).rstrip('.')}. {todo}") from error
    return True


def package() -> bytes:
    """The deployment as a zip: `package.xml` at its root, files where it expects them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, file in sorted(_files(PACKAGE, "")):
            archive.writestr(path, file.read_bytes())
    return content.getvalue()


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{path}{entry.name}/")
        else:
            yield f"{path}{entry.name}", entry


def _deploy(client: Salesforce) -> None:
    options: dict[str, Any] = {
        # As text, for XML's booleans are in lower case.
        "checkOnly": "false",
        "ignoreWarnings": "false",
        "allowMissingFiles": "false",
        "autoUpdatePackage": "false",
        "performRetrieve": "false",
        "purgeOnDelete": "false",
        "rollbackOnError": "true",
    }
    if _is_sandbox(client):
        # In production the default is right: without Apex in the package no test runs.
        options["testLevel"] = "NoTestRun"
    # Its argument `sandbox` would write booleans of Python into the XML.
    number, _ = _asked(client, lambda api: api.deploy(io.BytesIO(package()), True, **options))
    if not number:
        raise OperatorError(f"Salesforce gave the deployment no number; {BY_HAND}")
    end = time.monotonic() + _LONGEST
    while True:
        state, detail, result, _ = _asked(client, lambda api: api.check_deploy_status(number))
        if state in _ENDS:
            break
        if time.monotonic() > end:
            raise OperatorError(
                f"the deployment {number} is still {state} after {_LONGEST:.0f} seconds: watch it "
                "in Setup > Deployment Status, and check again when it has ended"
            )
        time.sleep(_STEP)
    if state != "Succeeded":
        wrong = "; ".join(
            f"{error.get('file')}: {clean_message(str(error.get('message')))}"
            for error in (result or {})["errors"]
        )
        raise OperatorError(
            f"the deployment {number} {str(state).lower()}, and Salesforce has taken all of it "
            f"back: {wrong or clean_message(detail or '') or 'no reason given'}"
        )


def _is_sandbox(client: Salesforce) -> bool:
    try:
        return any(row["IsSandbox"] for row in client.rows("SELECT IsSandbox FROM Organization"))
    except SalesforceError:
        return False


def _assign(client: Salesforce) -> None:
    """Assign the permission set to the user of this log-in, unless it is."""
    where = f"AssigneeId = '{client.user_id}' AND PermissionSet.Name = '{PERMISSION_SET}'"
    if client.count(f"SELECT COUNT() FROM PermissionSetAssignment WHERE {where}"):  # noqa: S608 - an id
        return
    by_name = f"SELECT Id FROM PermissionSet WHERE Name = '{PERMISSION_SET}'"  # noqa: S608 - a constant
    found = next(iter(client.rows(by_name)), None)
    row = {"AssigneeId": client.user_id, "PermissionSetId": found["Id"] if found else ""}
    (result,) = client.insert("PermissionSetAssignment", [row])
    if not result.success:
        reason = "; ".join(error.message for error in result.errors)
        raise OperatorError(
            f"{PERMISSION_SET} is deployed, and could not be assigned to user {client.user_id} "
            f"({reason}): Setup > Permission Sets > {PERMISSION_SET} > Manage Assignments"
        )
    say(f"{PERMISSION_SET} is assigned to user {client.user_id}.")


def _asked(client: Salesforce, ask: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - what simple-salesforce answers
    """What the Metadata API answers; after a passing fault or the session's end it is asked again.

    The same deployment a second time changes nothing more.

    Raises:
        SalesforceError: With the fault's own words.
    """
    from simple_salesforce.exceptions import SalesforceError as RefusedError  # noqa: PLC0415 - slow

    for pause in (*_PAUSES, None):
        try:
            return ask(client.simple_salesforce().mdapi)
        except RefusedError as error:
            code, words = reason_in(str(error.content).encode())
            refused = error_for(error.status, code or None, words, what="the deployment")
        if pause is None or code not in TRANSIENT_CODES | RELOGIN_CODES:
            raise refused
        time.sleep(pause)
    raise AssertionError  # the last pause is None

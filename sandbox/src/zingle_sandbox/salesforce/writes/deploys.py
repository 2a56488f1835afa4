"""Deployments: queued, carried out later, and all or nothing where that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from zingle_sandbox.salesforce.catalogue.ids import make_id
from zingle_sandbox.salesforce.catalogue.sobjects import ACTIVITY_KEY
from zingle_sandbox.salesforce.org.envelopes import texts
from zingle_sandbox.salesforce.org.storage import USER_ID, insert_rows, take_numbers

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.org.calls import Org
    from zingle_sandbox.salesforce.writes.packages import Component, Package

FINISHED = frozenset({"Succeeded", "SucceededPartial", "Failed"})


@dataclass(slots=True)
class Deploy:
    """One deployment.

    Attributes:
        id: 18 characters, prefix `0Af`.
        package: what is to be deployed.
        check_only: nothing is kept.
        rollback: one failure undoes all.
        tests: whether Apex tests run.
        queued_at: epoch seconds.
        status: of the reference: Pending, InProgress, Succeeded, SucceededPartial, Failed.
        error: what is wrong with the whole, if something is.
        created: names of what was not there before.
        problems: component to what is wrong with it.
        tests_run, tests_failed: how many.
    """

    id: str
    package: Package
    check_only: bool
    rollback: bool
    tests: bool
    queued_at: float
    status: str = "Pending"
    error: str = ""
    created: set[str] = field(default_factory=set)
    problems: dict[Component, str] = field(default_factory=dict)
    tests_run: int = 0
    tests_failed: int = 0


def queue(org: Org, package: Package, *, check_only: bool, rollback: bool, tests: bool) -> Deploy:
    """Take a package in; it is carried out once `salesforce_deploy_seconds` have passed."""
    number = 1_000 + take_numbers(org.sandbox.store, "deploy")
    deploy = Deploy(
        make_id("0Af", number),
        package,
        check_only,
        rollback,
        tests,
        org.sandbox.clock.timestamp(),
    )
    org.deploys[deploy.id] = deploy
    return deploy


def proceed(org: Org, deploy: Deploy) -> None:
    """Bring a deployment to where it is by now."""
    if deploy.status in FINISHED:
        return
    seconds = float(org.option("deploy_seconds"))
    passed = org.sandbox.clock.timestamp() - deploy.queued_at
    if passed < seconds:
        deploy.status = "InProgress" if passed >= seconds / 3 else "Pending"
        return
    _carry_out(org, deploy)


def _carry_out(org: Org, deploy: Deploy) -> None:
    deploy.error = deploy.package.error
    told = _told_failures(org)
    for component in deploy.package.components:
        problem = component.problem or told.get(component.name) or told.get("*", "")
        if problem:
            deploy.problems[component] = problem
    if deploy.tests:
        deploy.tests_run = int(org.option("apex_tests"))
        deploy.tests_failed = min(deploy.tests_run, int(org.option("apex_failures")))
    good = [one for one in deploy.package.components if one not in deploy.problems]
    failed = bool(deploy.error or deploy.tests_failed or not good)
    if failed or (deploy.problems and deploy.rollback):
        deploy.status = "Failed"
        return
    deploy.status = "SucceededPartial" if deploy.problems else "Succeeded"
    if deploy.check_only:
        return
    with org.sandbox.store.transaction():
        for component in good:
            if _keep(org, component):
                deploy.created.add(component.name)


def _told_failures(org: Org) -> dict[str, str]:
    """Component names (`*`: each) to the problems that the tester wants."""
    parts = str(org.option("deploy_failures") or "").split(";")
    return {
        name.strip(): problem.strip()
        for name, _, problem in (part.partition("=") for part in parts)
    }


def _keep(org: Org, component: Component) -> bool:
    """Make a component part of the org; whether it is new."""
    if component.definition is None:
        return False
    if component.kind == "CustomField":
        return _keep_field(org, component)
    return _keep_set(org, component)


def _keep_field(org: Org, component: Component) -> bool:
    given = texts(component.definition if component.definition is not None else ())
    own = component.name.partition(".")[2]
    if own != ACTIVITY_KEY:
        return False
    created = str(org.option("activity_key")) == "absent"
    unique = given.get("unique") == "true" and given.get("externalId") == "true"
    org.sandbox.set_options({"salesforce_activity_key": "unique" if unique else "non_unique"})
    if created:
        # Nobody may see a new field until a permission set says so.
        org.sandbox.store.execute(
            "INSERT OR REPLACE INTO sf_metadata VALUES ('CustomField', ?, '')", (f"Task.{own}",)
        )
    return created


def _keep_set(org: Org, component: Component) -> bool:
    store = org.sandbox.store
    definition = component.definition
    given = texts(definition if definition is not None else ())
    store.execute(
        "INSERT OR REPLACE INTO sf_metadata VALUES ('PermissionSet', ?, ?)",
        (component.name, ET.tostring(definition, "unicode") if definition is not None else ""),
    )
    changed = store.execute(
        "UPDATE sf_PermissionSet SET Label = ?, Description = ? WHERE Name = ?",
        (given.get("label"), given.get("description"), component.name),
    )
    if changed:
        return False
    row = {
        "Name": component.name,
        "Label": given.get("label"),
        "Description": given.get("description"),
        "IsCustom": True,
        "CreatedById": USER_ID,
        "LastModifiedById": USER_ID,
    }
    insert_rows(org.sandbox, "PermissionSet", [row])
    return True

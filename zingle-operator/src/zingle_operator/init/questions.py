"""Ask a person, or the two services, for what `init` has to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from zingle_operator.console import add_row, plain_table, print_table, say
from zingle_operator.errors import OperatorError
from zingle_operator.progress import watched
from zingle_sync.salesforce import Salesforce, SalesforceError
from zingle_sync.zingle import Zingle, ZingleError, named, visible_services

if TYPE_CHECKING:
    from collections.abc import Mapping


class Questions:
    """Asks for what was not given, or gathers what is missing where nobody is to be asked."""

    def __init__(self, *, ask: bool) -> None:
        self.ask = ask
        self._missing: list[str] = []

    def answer(
        self,
        given: str | None,
        question: str,
        option: str,
        *,
        default: str | None = None,
        hidden: bool = False,
    ) -> str:
        """The given answer, a person's, or the default."""
        if given:
            return given
        if self.ask:
            reply = typer.prompt(question, default=default, hide_input=hidden, err=True)
            return str(reply).strip()
        if default is None:
            self._missing.append(option)
        return default or ""

    def complete(self) -> None:
        """Go on only if nothing is missing.

        Raises:
            OperatorError: Naming all that is.
        """
        if self._missing:
            raise OperatorError(f"with --yes nothing is asked; missing: {', '.join(self._missing)}")


def try_salesforce(settings: Mapping[str, str]) -> None:
    """Log in, and say where and as whom.

    Raises:
        OperatorError: If Salesforce refuses.
    """
    try:
        with watched("logging in to Salesforce"):
            client = Salesforce.from_settings(settings)
            say(f"Salesforce: {client.instance_url}, user {client.user_id}.")
    except SalesforceError as error:
        raise OperatorError(str(error)) from error


def choose_service(settings: Mapping[str, str], given: str | None, questions: Questions) -> str:
    """The id of the service, chosen by name among those that the log-in sees.

    Raises:
        OperatorError: If Zingle refuses, or no service is chosen.
    """
    try:
        with watched("asking Zingle for its services"):
            client = Zingle.from_settings(settings)
            names = {one.id: one.name for one in visible_services(client) if one.accessible}
            client.close()
    except ZingleError as error:
        advice = "check user name, password and address of the API"
        raise OperatorError(f"Zingle: {str(error).rstrip('.')}; {advice}") from error
    if not names:
        raise OperatorError(
            "the log-in sees no service: give its user access to one in Zingle > Settings > Users "
            "> (user) > Services"
        )
    if given in names or (given is None and len(names) == 1):
        service_id = given or next(iter(names))
        say(f"Zingle: {named(service_id, names)}.")
        return service_id
    table = plain_table("", "service", "id")
    for number, (service_id, name) in enumerate(names.items(), 1):
        add_row(table, str(number), name, service_id)
    print_table(table, stderr=True)
    if given or not questions.ask:
        raise OperatorError(
            f"the log-in sees no service {given}; it sees those above"
            if given
            else "choose one of these services with --service ID"
        )
    number = int(typer.prompt("Number of the service", type=int, err=True))
    if not 1 <= number <= len(names):
        raise OperatorError(f"there is no number {number}")
    return list(names)[number - 1]

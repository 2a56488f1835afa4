"""Create what may be created: Zingle contact fields, after showing them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import typer

from zingle_operator.console import add_row, plain_table, print_table, say
from zingle_operator.errors import OperatorError
from zingle_sync.zingle import AlreadyDoneError, Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zingle_operator.check.findings import MissingField
    from zingle_operator.project.project import Project


def fix(project: Project, missing: Sequence[MissingField], *, ask: bool) -> bool:
    """Create missing contact fields.

    Args:
        project: Whose settings log in.
        missing: What to create.
        ask: Whether a person must agree first.

    Returns:
        Whether anything was created.

    Raises:
        OperatorError: If Zingle refuses one.
    """
    table = plain_table("service", "new contact field", "type", "wanted by")
    for field in missing:
        add_row(table, field.service_id, field.name, field.data_type, field.why)
    print_table(table, stderr=True)
    if ask and not typer.confirm("Create these fields in Zingle?", err=True):
        return False
    for field in missing:
        _create(project.settings(field.plugin), field)
    return True


def _create(settings: Mapping[str, Any], field: MissingField) -> None:
    try:
        with closing(Zingle.from_settings(settings)) as zingle:
            zingle.create_contact_field(
                field.service_id, {"display_name": field.name, "data_type": field.data_type}
            )
    except AlreadyDoneError:
        say(f"{field.name} exists already.")
    except ZingleError as error:
        raise OperatorError(f"{field.name} could not be created: {error}") from error
    else:
        say(f"{field.name} was created.")

"""Refusals of a query, laid out as the service does: the line, a caret, row and column."""

from __future__ import annotations

MALFORMED_QUERY = "MALFORMED_QUERY"
INVALID_FIELD = "INVALID_FIELD"
INVALID_TYPE = "INVALID_TYPE"
CUSTOM_FIELD_HINT = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom"
    " field name. Please reference your WSDL or the describe call for the appropriate names."
)
CUSTOM_OBJECT_HINT = (
    "If you are attempting to use a custom object, be sure to append the '__c' after the entity"
    " name. Please reference your WSDL or the describe call for the appropriate names."
)
CUSTOM_RELATIONSHIP_HINT = (
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the"
    " custom relationship name. Please reference your WSDL or the describe call for the"
    " appropriate names."
)


class SoqlError(Exception):
    """The service refuses the query.

    Attributes:
        code: `MALFORMED_QUERY`, `INVALID_FIELD`, `INVALID_TYPE` or a rarer one.
        at: offset into the query text of what is wrong, or None for the whole query.
    """

    def __init__(self, code: str, message: str, at: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.at = at

    def laid_out(self, query: str) -> str:
        r"""The message as the service words it.

        Example:
            >>> error = SoqlError("INVALID_TYPE", "No.", 20)
            >>> error.laid_out("select count() from XYZZY")
            '\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nNo.'
        """
        if self.at is None:
            return self.message
        at = min(self.at, len(query))
        start = query.rfind("\n", 0, at) + 1
        end = query.find("\n", at)
        line = query[start : end if end >= 0 else len(query)].rstrip("\r")
        row, column = query.count("\n", 0, at) + 1, at - start + 1
        caret = " " * (column - 1) + "^"
        return f"\n{line}\n{caret}\nERROR at Row:{row}:Column:{column}\n{self.message}"


def unexpected(text: str, at: int) -> SoqlError:
    """A token that the grammar does not allow where it stands."""
    return SoqlError(MALFORMED_QUERY, f"unexpected token: {text}", at)

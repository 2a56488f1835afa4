"""What a failed call means for its record, and when it ends the run. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zingle_sync.outcomes import OutcomeError
from zingle_sync.zingle import (
    ConflictError,
    GoneError,
    LockedError,
    RecordError,
    TransientError,
    UnknownCodeError,
    UnknownOutcomeError,
    ZingleError,
)

_MANY_UNKNOWN = 20
_MANY_TEMPORARY = 3
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record was not written.

    Attributes:
        reason: A word of the rejections.
        lasts: Whether the same would be refused again.
    """

    reason: str
    error: OutcomeError
    lasts: bool = False


def refused_before(contact_id: str, field: str, code: str | None) -> RecordError:
    """The refusal of a value that is not sent again."""
    return RecordError(
        f"contact {contact_id}: Zingle refused this value before; it is tried again when it "
        "changes, a week has passed, or you replay the record",
        code=code,
        fields=(field,),
    )


@dataclass(slots=True)
class Failures:
    """Reads failures; too many of a kind without a success between them end the run."""

    _unknown: int = 0
    _temporary: int = 0

    def passed(self) -> None:
        """A record was settled."""
        self._unknown = self._temporary = 0

    def read(self, error: Exception) -> Failure:
        """What a failure says about its record.

        Raises:
            ZingleError: The same one, where everything is refused.
        """
        told = _as_value(error)
        match error:
            case UnknownOutcomeError():
                return Failure("unknown_outcome", told)
            case TransientError():
                self._temporary += 1
                everything = error.status in {None, _TOO_MANY_REQUESTS}
                if everything or self._temporary >= _MANY_TEMPORARY:
                    raise error
                return Failure("temporary", told)
            case LockedError():
                return Failure("locked", told)
            case RecordError():
                unknown = isinstance(error, UnknownCodeError)
                self._unknown = self._unknown + 1 if unknown else 0
                if self._unknown >= _MANY_UNKNOWN:
                    raise error
                return Failure("refused", told, lasts=not unknown)
            case ConflictError() if not isinstance(error, GoneError):
                unseen = "the channel is held by a contact that no lookup shows"
                return Failure("conflict", replace(told, message=unseen), lasts=True)
            case _:
                return Failure("conflict", told)


def _as_value(error: Exception) -> OutcomeError:
    if isinstance(error, ZingleError):
        field = error.fields[0] if error.fields else None
        return OutcomeError(type(error).__name__, error.status, error.code, str(error), field)
    return OutcomeError(type(error).__name__, message=str(error))

"""The file that keeps rotated refresh tokens.

With Refresh Token Rotation each use of a refresh token kills it and answers a new one, and the use
of a dead one revokes the whole grant (Salesforce help 005316711). So before a token is used, room
for its successor is on the disk and it is proved that it can take the file's place; afterwards
nothing is left that could fail but the disk itself. Two processes never refresh at the same time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from zingle_sync.files import path_of
from zingle_sync.salesforce.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # Windows: one process at a time is up to the user there.
    fcntl = None  # type: ignore[assignment]  # the module is absent there

# Stands for the refresh token of settings that have none: the grant is in the token store alone.
STORED = "(the one in token_store)"
# Bytes, filled up with blanks, so that a longer token needs no more room than was kept for it.
_SIZE = 8_192


class _Stored(msgspec.Struct):
    refresh_token: str
    given: str  # fingerprint of the refresh token in the settings that this one descends from
    number: int = 0  # how many were rotated before


class TokenStore:
    """Keeps the latest descendant of the refresh token in the settings.

    Args:
        path: The file; its folder must exist. Where it is a link, the file behind it is kept.
        given: The refresh token of the settings.
    """

    def __init__(self, path: str, given: str) -> None:
        # Its own `resolve` raises for links in a circle; opening them says what is wrong.
        self._path = Path(os.path.realpath(path_of(path)))
        self._next = self._path.with_name(f"{self._path.name}.next")
        self._stored = _Stored(given, _fingerprint(given))
        self._in_place = False
        self._only_there = False  # Whether the newest token is in the file beside, and only there.

    @contextlib.contextmanager
    def locked(self) -> Iterator[str]:
        """Hold the store alone, with room for a new token, and give the token to use now.

        Yields:
            The stored token, or the one of the settings when it is not older.

        Raises:
            ConfigurationError: If the file cannot be written or holds something else.
        """
        with os.fdopen(self._lock()):  # closing it gives the lock back
            try:
                try:
                    self._find_newest()
                    self._keep_room()
                except OSError as error:
                    raise self._unusable(error.strerror) from error
                yield self._stored.refresh_token
            finally:
                self._drop_room()

    def _lock(self) -> int:
        lock = self._path.with_name(f"{self._path.name}.lock")
        try:
            try:
                handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                # A single file that was mounted into a folder of somebody else.
                handle = os.open(self._path, os.O_RDWR)
        except OSError as error:
            raise self._unusable(error.strerror) from error
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        return handle

    def _find_newest(self) -> None:
        """Take the newest descendant of the given token; a run may have been killed midway."""
        for path in (self._path, self._next):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            try:
                stored = msgspec.json.decode(content, type=_Stored)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                if path == self._path and content.strip():
                    raise self._unusable("it holds something else than a token") from error
                continue
            # A new token in the settings means that somebody authorised anew.
            if stored.given == self._stored.given and stored.number >= self._stored.number:
                self._stored, self._only_there = stored, path == self._next

    def _keep_room(self) -> None:
        """Do with the present token what will be done with the next one."""
        try:
            if not self._only_there:
                self._write(self._next)
            self._next.replace(self._path)
            self._only_there = False
            self._write(self._next)
        except OSError:
            # A mount point cannot be replaced, and a folder may take no other file.
            self._drop_room()
            if not self._path.exists():
                raise
            self._in_place = True
            self._write(self._path)
            self._only_there = False

    def _drop_room(self) -> None:
        if not self._only_there:
            with contextlib.suppress(OSError):
                self._next.unlink()

    def save(self, refresh_token: str) -> None:
        """Put a rotated token on the disk, whole or not at all.

        Raises:
            ConfigurationError: If the file cannot be written; the message names the file that
                holds the new token where there is one.
        """
        number = self._stored.number + 1
        self._stored = _Stored(refresh_token, self._stored.given, number)
        try:
            self._write(self._path if self._in_place else self._next)
        except OSError as error:
            raise self._unusable(f"{error.strerror}, and the new token is lost") from error
        if self._in_place:
            return
        self._only_there = True
        try:
            self._next.replace(self._path)
            self._only_there = False
        except OSError as error:
            raise self._unusable(f"{error.strerror}; the new token is in {self._next}") from error

    def _write(self, path: Path) -> None:
        content = msgspec.json.encode(self._stored).ljust(_SIZE)
        # In place: what was kept is written over, and nothing is cut off before.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())

    def _unusable(self, reason: str | None) -> ConfigurationError:
        return ConfigurationError(f"token_store {self._path} cannot be used: {reason}.")


def holds_grant(path: str) -> bool:
    """Whether a token store keeps a grant of its own, which no refresh token in settings began."""
    try:
        stored = msgspec.json.decode(path_of(path).read_bytes(), type=_Stored)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False
    return stored.given == _fingerprint(STORED)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

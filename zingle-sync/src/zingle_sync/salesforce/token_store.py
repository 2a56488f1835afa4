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
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from zingle_sync.salesforce.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # Windows: one process at a time is up to the user there.
    fcntl = None  # type: ignore[assignment]  # the module is absent there

# Bytes, filled up with blanks, so that a longer token needs no more room than was kept for it.
_SIZE = 8_192


class _Stored(msgspec.Struct):
    refresh_token: str
    given: str  # fingerprint of the refresh token in the settings that this one descends from


class TokenStore:
    """Keeps the latest descendant of the refresh token in the settings.

    Args:
        path: The file; its folder must exist. Where it is a link, the file behind it is kept.
        given: The refresh token of the settings.
    """

    def __init__(self, path: str, given: str) -> None:
        self._path = Path(path).expanduser().resolve()
        self._given = given
        self._room: Path | None = None

    @contextlib.contextmanager
    def locked(self) -> Iterator[str]:
        """Hold the store alone, with room for a new token, and give the token to use now.

        Yields:
            The stored token, or the one of the settings when it is not older.

        Raises:
            ConfigurationError: If the file cannot be written or holds something else.
        """
        handle = self._lock()
        try:
            current = self._current()
            try:
                self._keep_room(current)
            except OSError as error:
                raise self._unusable(error.strerror) from error
            yield current
        finally:
            self._drop_room()
            os.close(handle)

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

    def _current(self) -> str:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return self._given
        except OSError as error:
            raise self._unusable(error.strerror) from error
        if not content.strip():
            return self._given
        try:
            stored = msgspec.json.decode(content, type=_Stored)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unusable("it holds something else than a token") from error
        # A new token in the settings means that somebody authorised anew.
        return stored.refresh_token if stored.given == _fingerprint(self._given) else self._given

    def _keep_room(self, current: str) -> None:
        """Do with the present token what will be done with the next one."""
        try:
            self._new_file(current).replace(self._path)
            self._new_file(current)
        except OSError:
            # A mount point cannot be replaced, and a folder may take no other file.
            self._drop_room()
            if not self._path.exists():
                raise
            self._write(self._path, current)

    def save(self, refresh_token: str) -> None:
        """Put a rotated token on the disk, whole or not at all.

        Raises:
            ConfigurationError: If the file cannot be written; the message names the file that
                holds the new token where there is one.
        """
        target = self._room or self._path
        try:
            self._write(target, refresh_token)
        except OSError as error:
            raise self._unusable(f"{error.strerror}, and the new token is lost") from error
        self._room = None
        if target == self._path:
            return
        try:
            target.replace(self._path)
        except OSError as error:
            raise self._unusable(f"{error.strerror}; the new token is in {target}") from error

    def _new_file(self, token: str) -> Path:
        """A file beside the store that holds the token; it is the room until it is dropped."""
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
        os.close(handle)  # mkstemp creates it with mode 0600
        self._room = Path(name)
        self._write(self._room, token)
        return self._room

    def _drop_room(self) -> None:
        if self._room is not None:
            self._room.unlink(missing_ok=True)
            self._room = None

    def _write(self, path: Path, token: str) -> None:
        content = msgspec.json.encode(_Stored(token, _fingerprint(self._given))).ljust(_SIZE)
        # In place: what was kept is written over, and nothing is cut off before.
        with path.open("r+b") as file:
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())

    def _unusable(self, reason: str | None) -> ConfigurationError:
        return ConfigurationError(f"token_store {self._path} cannot be used: {reason}.")


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

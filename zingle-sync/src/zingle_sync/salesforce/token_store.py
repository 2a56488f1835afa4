"""The file that keeps rotated refresh tokens.

With Refresh Token Rotation each use of a refresh token kills it and answers a new one, and the use
of a dead one revokes the whole grant (Salesforce help 005316711). So the new token is on the disk
before anything else happens, and two processes never refresh at the same time.
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


class _Stored(msgspec.Struct):
    refresh_token: str
    given: str  # fingerprint of the refresh token in the settings that this one descends from


class TokenStore:
    """Keeps the latest descendant of the refresh token in the settings.

    Args:
        path: The file; its folder must exist.
        given: The refresh token of the settings.
    """

    def __init__(self, path: str, given: str) -> None:
        self._path = Path(path).expanduser()
        self._given = given

    @contextlib.contextmanager
    def locked(self) -> Iterator[str]:
        """Hold the store alone and give the token to use now.

        Yields:
            The stored token, or the one of the settings when it is not older.

        Raises:
            ConfigurationError: If the file cannot be written or holds something else.
        """
        lock = self._path.with_name(f"{self._path.name}.lock")
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error.strerror) from error
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield self._current()
        finally:
            os.close(handle)

    def _current(self) -> str:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return self._given
        except OSError as error:
            raise self._unusable(error.strerror) from error
        try:
            stored = msgspec.json.decode(content, type=_Stored)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unusable("it holds something else than a token") from error
        # A new token in the settings means that somebody authorised anew.
        return stored.refresh_token if stored.given == _fingerprint(self._given) else self._given

    def save(self, refresh_token: str) -> None:
        """Put a rotated token on the disk, whole or not at all.

        Raises:
            ConfigurationError: If the file cannot be written.
        """
        content = msgspec.json.encode(_Stored(refresh_token, _fingerprint(self._given)))
        try:
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            with os.fdopen(handle, "wb") as file:  # mkstemp creates it with mode 0600
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._path)
        except OSError as error:
            raise self._unusable(error.strerror) from error

    def _unusable(self, reason: str | None) -> ConfigurationError:
        return ConfigurationError(f"token_store {self._path} cannot be used: {reason}.")


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

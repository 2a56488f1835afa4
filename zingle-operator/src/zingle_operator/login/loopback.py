"""Wait for the browser on an address of this machine alone (RFC 8252, section 7.3)."""

from __future__ import annotations

import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Self

from typing_extensions import override

from zingle_operator.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable

# The path that Salesforce's own command line uses, so that many an app knows the address already.
PATH = "/OauthRedirect"
_STEP = 0.5


class Loopback:
    """Listens from its making on; a context manager.

    Args:
        port: On which.
        is_answer: Whether an address is the one that is waited for; any other is turned away.
    """

    def __init__(self, port: int, is_answer: Callable[[str], bool]) -> None:
        self._address: str | None = None
        waiting = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 5

            def do_GET(self) -> None:
                address = f"http://localhost:{port}{self.path}"
                fits = self.path.partition("?")[0] == PATH and is_answer(address)
                if fits:
                    waiting._address = address
                self.send_response(HTTPStatus.OK if fits else HTTPStatus.BAD_REQUEST)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.end_headers()
                text = "Go back to the terminal; this page can be closed." if fits else "Not asked."
                self.wfile.write(f"{text}\n".encode())

            @override
            def log_message(self, format: str, *args: object) -> None:
                """The addresses hold codes: nothing is logged."""

        try:
            self._server = HTTPServer(("127.0.0.1", port), Handler)
        except OSError as error:
            raise OperatorError(
                f"port {port} of this machine can't be used ({error.strerror}): name another with "
                "--port, which the app must know as a callback URL, or use --no-browser"
            ) from error
        self._server.timeout = _STEP

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.server_close()

    def wait(self, seconds: float) -> str:
        """The address that the browser asked for.

        Raises:
            OperatorError: If it does not come.
        """
        end = time.monotonic() + seconds
        while self._address is None:
            if time.monotonic() > end:
                raise OperatorError(
                    f"no browser came back within {seconds:.0f} seconds; start again, or use "
                    "--no-browser where the browser is on another machine"
                )
            self._server.handle_request()
        return self._address

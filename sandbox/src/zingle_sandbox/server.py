"""The listeners: uvicorn in a thread of its own, plain HTTP and, if wanted, TLS."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from zingle_sandbox.gate import Gate

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Sandbox
    from zingle_sandbox.tls import TlsFiles

BACKLOG = 512
START_TIMEOUT = 30.0
_LAST_ROUNDS = 10


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes in many connections before any of them is accepted."""
    listener = socket.create_server((host, port), backlog=BACKLOG)
    # Accepted sockets inherit this. Headers and body leave in two writes; without it the second
    # waits for the client's delayed acknowledgement, 40 ms a call.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.settimeout(0)
    return listener


class Server:
    """Serves one sandbox from a background thread.

    `start` returns once the ports are open and sets the sandbox's URLs; `stop` returns once the
    thread has ended.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: TlsFiles | None = None,
        tls_port: int = 0,
    ) -> None:
        self.sandbox = sandbox
        self._address = (host, port)
        self._tls = tls
        self._tls_port = tls_port
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the ports and serve.

        Raises:
            OSError: if a port is taken.
            RuntimeError: if the server does not come up.
        """
        host, port = self._address
        listeners = [listen(host, port)]
        self.sandbox.base_url = f"http://{host}:{listeners[0].getsockname()[1]}"
        gate = Gate(self.sandbox)
        self._servers = [uvicorn.Server(self._config(gate))]
        if self._tls is not None:
            try:
                listeners.append(listen(host, self._tls_port))
            except OSError:
                listeners[0].close()
                raise
            self.sandbox.tls_url = f"https://localhost:{listeners[1].getsockname()[1]}"
            self._servers.append(uvicorn.Server(self._config(gate, self._tls)))
        self._thread = threading.Thread(
            target=self._run, args=(listeners,), name="zingle-sandbox", daemon=True
        )
        self._thread.start()
        deadline = threading.Event()
        for _ in range(int(START_TIMEOUT / 0.005)):
            if all(server.started for server in self._servers):
                return
            if not self._thread.is_alive():
                break
            deadline.wait(0.005)
        raise RuntimeError("the sandbox's server did not start")

    @staticmethod
    def _config(gate: Gate, tls: TlsFiles | None = None) -> uvicorn.Config:
        return uvicorn.Config(
            gate,
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            interface="asgi3",
            backlog=BACKLOG,
            access_log=False,
            log_level="error",
            log_config=None,
            date_header=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=256 * 1024,
            ssl_certfile=str(tls.certificate) if tls else None,
            ssl_keyfile=str(tls.key) if tls else None,
        )

    def _run(self, listeners: list[socket.socket]) -> None:
        async def serve() -> None:
            await asyncio.gather(
                *(
                    server.serve(sockets=[listener])
                    for server, listener in zip(self._servers, listeners, strict=True)
                )
            )
            # A TLS client that holds its connection open never agrees to the end of it. Dropped
            # connections give up their sockets in the loop's next rounds; without those, the
            # garbage collector would find them open.
            for server in self._servers:
                for connection in list(server.server_state.connections):
                    connection.transport.abort()
            for _ in range(_LAST_ROUNDS):
                await asyncio.sleep(0)

        asyncio.run(serve())

    def stop(self) -> None:
        """Close the ports, end open calls, join the thread."""
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def join(self) -> None:
        """Wait until the thread ends."""
        if self._thread is not None:
            self._thread.join()

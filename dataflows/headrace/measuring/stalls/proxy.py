"""The network before a server: a TCP port of loopback that can be cut."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

_CHUNK_BYTES = 1 << 16
_PATIENCE_S = 10.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """A port whose connections lead to a server, from construction to `end()`.

    Attributes:
        uri: the server's address, through the proxy.
    """

    def __init__(self, server_uri: str):
        """
        Args:
            server_uri: the server's own address, at a local socket or a port.
        """
        parts = urlsplit(server_uri)
        folder = parse_qs(parts.query).get("host", [""])[0]
        self._host = folder or parts.hostname or "localhost"
        self._port = parts.port or 5432
        self._listening_port = 0
        self._listener: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self.restore()
        place = f"{parts.username or 'postgres'}@127.0.0.1:{self._listening_port}"
        self.uri = urlunsplit(("postgresql", place, parts.path, "", ""))

    def cut(self) -> None:
        """Pass nothing on any more: connections stay open, and hear nothing."""
        self._do(self._cut())

    def shut(self) -> None:
        """End all connections, and refuse new ones."""
        self._do(self._shut())

    def restore(self) -> None:
        """Pass on what was held back, and take connections again."""
        self._do(self._restore())

    def end(self) -> None:
        """End everything, for good."""
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    async def _cut(self) -> None:
        self._flowing.clear()

    async def _restore(self) -> None:
        self._flowing.set()
        if self._listener is None:
            listener = await asyncio.start_server(
                self._joined, "127.0.0.1", self._listening_port, backlog=100
            )
            self._listener = listener
            self._listening_port = listener.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for writer in self._writers:
            writer.transport.abort()
        self._flowing.set()
        await asyncio.sleep(0)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        await self._flowing.wait()
        try:
            with suppress(OSError):  # the server is away
                server_reader, server_writer = await self._to_server()
                await self._joined_to(reader, writer, server_reader, server_writer)
        finally:
            writer.close()

    async def _joined_to(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        self._writers |= {writer, server_writer}
        pumps = [
            asyncio.ensure_future(self._pump(reader, server_writer)),
            asyncio.ensure_future(self._pump(server_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            server_writer.close()
            self._writers -= {writer, server_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what one side says, and its end, while the network is not cut."""
        with suppress(OSError):  # the other side is gone
            while True:
                data = await reader.read(_CHUNK_BYTES)
                await self._flowing.wait()
                if not data:
                    return
                writer.write(data)
                await writer.drain()

    async def _to_server(self) -> Streams:
        if self._host.startswith("/"):
            path = f"{self._host}/.s.PGSQL.{self._port}"
            return await asyncio.open_unix_connection(path)
        return await asyncio.open_connection(self._host, self._port)

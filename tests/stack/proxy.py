"""A wire between the shop and one of its parts, to be cut, held, slowed and reset."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from enum import Enum
from typing import Any, TypeVar

Answer = TypeVar("Answer")
CHUNK = 65_536
# An RST instead of a polite end, as a firewall or a crashed host sends it.
NO_LINGER = struct.pack("ii", 1, 0)


class State(Enum):
    """What the wire does with whoever is connected, and with whoever comes."""

    OPEN = "open"
    # Connections end, new ones end at once: the server is gone.
    DROPS = "drops"
    # The same, by RST.
    RESETS = "resets"
    # Bytes stay where they are until the wire is open again: a frozen server, or a
    # network in two parts. Nothing is lost and nobody is told.
    HOLDS = "holds"


# A port of this machine, or the path of a socket.
Backend = int | str


class Proxy:
    """127.0.0.1:`port` leads to the backends, by turns, through this wire.

    It lives in a thread of its own. `delay` are the seconds that every piece of data
    takes, each way.
    """

    def __init__(self, *backends: Backend) -> None:
        self.backends = list(backends)
        self.delay = 0.0
        self._state = State.OPEN
        self._turn = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open = self._do(self._event())
        self._server = self._do(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])

    def become(self, state: State, *, delay: float = 0) -> None:
        """From now on; who is connected meets it too."""
        self._do(self._become(state, delay))

    def close(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, what: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _event(self) -> asyncio.Event:
        event = asyncio.Event()
        event.set()
        return event

    async def _become(self, state: State, delay: float) -> None:
        self._state, self.delay = state, delay
        if state is State.HOLDS:
            self._open.clear()
        else:
            self._open.set()
        if state in {State.DROPS, State.RESETS}:
            for writer in list(self._writers):
                self._cut(writer)

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _cut(self, writer: asyncio.StreamWriter) -> None:
        wire = writer.get_extra_info("socket")
        if self._state is State.RESETS and wire is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        writer.transport.abort()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._open.wait()
        except asyncio.CancelledError:
            return
        if self._state is not State.OPEN or not self.backends:
            self._cut(writer)
            return
        self._turn += 1
        backend = self.backends[self._turn % len(self.backends)]
        try:
            far = await _connect(backend)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far[1]}
        self._writers |= ends
        try:
            await asyncio.gather(self._pour(reader, far[1]), self._pour(far[0], writer))
        except asyncio.CancelledError:
            return  # the wire is taken down
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pour(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        """Until the source ends; then the target is told that nothing more comes."""
        try:
            while piece := await source.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._open.wait()
                target.write(piece)
                await target.drain()
            if target.can_write_eof():
                target.write_eof()
        except OSError:
            target.transport.abort()


async def _connect(
    backend: Backend,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(backend, str):
        return await asyncio.open_unix_connection(backend)
    return await asyncio.open_connection("127.0.0.1", backend)

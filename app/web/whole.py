"""An answer leaves whole: its header waits for its body, and both go in one write.

uvicorn writes the header, then the body, a fraction of a millisecond apart. A server that is killed between the two
leaves its balancer with half an answer, which it may have passed on and can't ask another replica for any more.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, Transport
from typing import Any

_HEADER = b"HTTP/1.1 "
_SIZED = b"\r\ncontent-length: "


class WholeAnswers:
    """A connection's transport that holds back the header of an answer until what follows is there.

    What follows is the body's first part, the answer's end (`release`: HEAD, 204, 304) or the connection's. A header
    that doesn't say how long its body is, a stream's, waits no longer than the event loop's next turn: its first part
    may be seconds away. Everything but `write`, `release` and `close` is the transport's own.
    """

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Hold a header; write anything else, after the header that waits for it."""
        if data.startswith(_HEADER):
            self.release()
            self._held = data
            if _SIZED not in data:
                self._loop.call_soon(self.release)
        elif self._held:
            held, self._held = self._held, b""
            self._transport.writelines((held, data))
        else:
            self._transport.write(data)

    def release(self) -> None:
        """Write the header that is held, if one is, and there is still somebody to read it."""
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)

    def close(self) -> None:
        """Close once all is written."""
        self.release()
        self._transport.close()

"""A narrow line before a server: `python -m benchmarks.narrow_line TARGET_PORT BYTES_PER_SECOND` prints the port on which it listens.

Whatever the server answers passes one bucket that fills at the line's rate, as on a mall's bandwidth that is used up; requests pass freely.
"""

import asyncio
import sys
import time

PIECE = 16_384
# A line's own buffer: what may pass at once after a rest.
BURST_SECONDS = 0.1


class Line:
    """The bucket that all connections share."""

    def __init__(self, bytes_per_second: float) -> None:
        """Begins full."""
        self._rate = bytes_per_second
        self._free_at = time.monotonic()

    async def carry(self, size: int) -> None:
        """Waits until the line has carried so many bytes, after all that came before."""
        now = time.monotonic()
        self._free_at = max(self._free_at, now - BURST_SECONDS) + size / self._rate
        await asyncio.sleep(max(self._free_at - now, 0))


async def main() -> None:
    """Carries until it is ended."""
    port, line = int(sys.argv[1]), Line(float(sys.argv[2]))

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, narrow: Line | None) -> None:
        try:
            while piece := await reader.read(PIECE):
                if narrow:
                    await narrow.carry(len(piece))
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, back, None), carry(there, writer, line))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())

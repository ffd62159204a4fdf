"""A way to a server on which every answer takes longer by a share of its own time: `python -m benchmarks.slow_line TARGET_PORT SHARE`.

It prints the port on which it listens. With a share of 0.2 the server is 20 % slower for whoever comes this way; with 0 it is the same way
and the same server, as the control of a comparison must be.
"""

import asyncio
import sys
import time

PIECE = 65_536


async def main() -> None:
    """Carries until it is ended."""
    port, share = int(sys.argv[1]), float(sys.argv[2])

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        # A client of HTTP/1.1 without pipelining: one request, then its answer, which begins with what the server took its time for.
        asked: list[float] = []

        async def ask() -> None:
            while piece := await reader.read(PIECE):
                asked[:] = [time.perf_counter()]
                back.write(piece)
                await back.drain()
            back.close()

        async def answer() -> None:
            while piece := await there.read(PIECE):
                if asked:
                    await asyncio.sleep(share * (time.perf_counter() - asked.pop()))
                writer.write(piece)
                await writer.drain()
            writer.close()

        await asyncio.gather(ask(), answer(), return_exceptions=True)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())

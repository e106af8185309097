"""A wire between two network namespaces: what reaches one end's port is said at the other end's, both on 127.0.0.1.

    python wire.py enter PORT SOCKET     takes connections to 127.0.0.1:PORT into the wire
    python wire.py leave PORT SOCKET     lets them out of it, to 127.0.0.1:PORT

SOCKET is a socket in the file system, which both sides see. Ending either process is pulling the cable.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

END, PORT, SOCKET = sys.argv[1], int(sys.argv[2]), sys.argv[3]


async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    target.close()


async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        if END == "enter":
            other_reader, other_writer = await asyncio.open_unix_connection(SOCKET)
        else:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", PORT)
    except OSError:  # nobody is at the other end now
        writer.close()
        return
    await asyncio.gather(carry(reader, other_writer), carry(other_reader, writer))


async def main() -> None:
    if END == "enter":
        server = await asyncio.start_server(taken, "127.0.0.1", PORT)
    else:
        server = await asyncio.start_unix_server(taken, SOCKET)
    async with server:
        await server.serve_forever()


if END == "leave":
    Path(SOCKET).unlink(missing_ok=True)
asyncio.run(main())

"""How long what is made to take long takes, through the real workers with the limits of the defaults.

`make bench-bombs`. Each line: seconds, state and reason of the worst part.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from config import settings
from gateway import app
from gateway.mail import Part, State

_PATTERN_OCTETS = 1_000_000


def bombs() -> Iterator[tuple[str, bytes]]:
    """Each message, made when it is asked for, with its name."""
    from tests.gateway.extract import bombs, files  # noqa: PLC0415 - only here

    for name, make in bombs.FILES.items():
        yield name, files.multipart(files.attachment(make(), "a.bin"))
    for name, make in bombs.MESSAGES.items():
        yield name, make()
    for name, pattern in bombs.PATTERNS.items():
        text = (pattern * (_PATTERN_OCTETS // len(pattern))).encode()
        yield f"a megabyte of {name}", files.entity(text, "Content-Type: text/plain; charset=utf-8")


def _badness(part: Part) -> int:
    return list(State).index(part.state)


async def run() -> None:
    workers = app.build_workers(settings.load(None))
    await workers.start()
    try:
        for name, content in bombs():
            begin = time.perf_counter()
            inspection = await workers.inspect(content)
            seconds = time.perf_counter() - begin
            worst = max(inspection.parts, key=_badness)
            print(f"{seconds:7.2f}  {name:44}{worst.state:13}{worst.reason}", flush=True)
    finally:
        await workers.close()


if __name__ == "__main__":
    asyncio.run(run())

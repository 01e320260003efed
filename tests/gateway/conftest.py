"""Which event loops a module's tests run on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A module that names LOOPS has its tests run on each of them; asyncio's own loop otherwise."""
    loops: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = getattr(
        getattr(item, "module", None), "LOOPS", {"asyncio": asyncio.new_event_loop}
    )
    return loops

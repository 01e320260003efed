from __future__ import annotations

import pytest

from benchmarks import corpus, stages, targets
from benchmarks.report import Stage
from gateway.extract import files


@pytest.fixture(scope="module")
def small() -> list[corpus.Mail]:
    return list(corpus.small(3))


async def test_every_stage_of_a_text_message_costs_something(small: list[corpus.Mail]) -> None:
    """From the listener to the next hop nothing is left out, and nothing is free."""
    async with targets.sink() as sink:
        found = await stages.profile({"small": small}, sink.port)
    assert {stage.name for stage in found} == {
        "SMTP in",
        "to a worker and back",
        "header fields, true types",
        "MIME structure",
        "extract text",
        "normalise text",
        "sieve: what is suspicious",
        "Presidio and recognizers on that",
        "is a patient identifiable",
        "policy",
        "next hop",
    }
    assert all(stage.milliseconds > 0 for stage in found if stage != _presidio(found))


def _presidio(found: tuple[Stage, ...]) -> Stage:
    """A difference of two figures: it may be nothing."""
    (stage,) = (stage for stage in found if stage.name.startswith("Presidio"))
    return stage


async def test_profiling_leaves_the_readers_as_they_were(small: list[corpus.Mail]) -> None:
    """The readers are watched only while their time is taken."""
    before = dict(files.READERS)
    async with targets.sink() as sink:
        await stages.profile({"small": small[:1]}, sink.port)
    assert before == files.READERS

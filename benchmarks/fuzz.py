"""Mutated files let loose on the readers, for a bounded time.

`make fuzz`. With atheris installed, libFuzzer mutates and is guided by coverage of
`gateway.extract`; otherwise hypothesis mutates blindly. This runs in the very process that
reads, without worker or limits: a crash, a hang or a state that is not true ends the run, and
the octets that did it are in the folder of findings. A finding is kept as a test.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

_PATIENCE = 10
"""Seconds that one input may take."""
_SEED_OCTETS = 200_000


def seeds(folder: Path | None) -> list[bytes]:
    """A small file of each format, and those in the folder that are not too large."""
    from tests.gateway.extract.test_hostile import FILES, MESSAGE  # noqa: PLC0415 - atheris comes first

    found = sorted(file for file in folder.rglob("*") if file.is_file()) if folder else []
    contents = (file.read_bytes() for file in found if file.stat().st_size <= _SEED_OCTETS)
    return [*FILES.values(), MESSAGE, *contents]


def reader() -> Callable[[bytes], None]:
    """Reads octets as a file and as a message, and asserts that every state is true."""
    from gateway.extract.files import read_file  # noqa: PLC0415 - as above
    from gateway.extract.message import read_message  # noqa: PLC0415
    from tests.gateway.extract.test_hostile import LIMITS, assert_true_states  # noqa: PLC0415

    def read(data: bytes) -> None:
        assert_true_states(read_file(data, "a", "", LIMITS))
        assert_true_states(read_message(data, LIMITS)[1])

    return read


def guided(seconds: int, folder: Path | None, findings: Path) -> None:
    """By libFuzzer, which writes its findings itself and ends the process."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["gateway.extract"]):
        read = reader()
    corpus = findings / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds(folder)):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = (
        f"-max_total_time={seconds}",
        f"-timeout={_PATIENCE}",
        "-rss_limit_mb=2048",
        f"-max_len={_SEED_OCTETS}",
        f"-artifact_prefix={findings}/",
    )
    atheris.Setup([sys.argv[0], *options, str(corpus)], read)
    atheris.Fuzz()


def blind(seconds: int, folder: Path | None, findings: Path) -> None:
    """By hypothesis. The input at work is in a file until it is done with."""
    from tests.gateway.extract.test_hostile import mutants  # noqa: PLC0415 - as above

    read, at_work, count = reader(), findings / "at-work", 0
    mutated = st.sampled_from(seeds(folder)).flatmap(mutants)

    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=mutated)
    def survives(data: bytes) -> None:
        nonlocal count
        at_work.write_bytes(data)
        faulthandler.dump_traceback_later(_PATIENCE, exit=True)
        read(data)
        count += 1

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        survives()
    faulthandler.cancel_dump_traceback_later()
    at_work.unlink()
    print(f"{count} inputs, no finding")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seeds", type=Path, metavar="FOLDER", help="begin with these files, too")
    parser.add_argument("--findings", type=Path, metavar="FOLDER", default=Path("build/fuzz"))
    options = parser.parse_args(arguments)
    options.findings.mkdir(parents=True, exist_ok=True)
    fuzz = guided if importlib.util.find_spec("atheris") else blind
    fuzz(options.seconds, options.seeds, options.findings)


if __name__ == "__main__":
    main(sys.argv[1:])

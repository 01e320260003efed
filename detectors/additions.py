"""What an operator gives the detectors beside what is shipped."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Additions(msgspec.Struct, frozen=True):
    """Paths, as text so that they can cross to a worker; an empty one is nothing."""

    pipeline: str = ""
    """A spaCy pipeline instead of ours: a package's name or a folder."""
    recognizers: str = ""
    """A Presidio YAML file with pattern recognizers (detectors.operators)."""
    lexicons: str = ""
    """A folder of word lists (detectors.lexicons)."""
    modulus_table: str = ""
    """Vocalink's table of bank accounts (detectors.modulus)."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is to be read, whether or not it is there."""
        return tuple(Path(each) for each in msgspec.structs.astuple(self) if each)


NONE = Additions()

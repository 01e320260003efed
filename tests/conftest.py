"""What all tests share: the same hypothesis examples on every machine, no clock over them, lasting names.

A run with examples of its own: `HYPOTHESIS_PROFILE=wandering make test`.
"""

import os

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("wandering", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

OCTETS_IN_A_NAME = 32


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A test is not named after a whole file: an archive carries the moment at which it was made.

    Two workers that make it in different seconds would know one test by two names, and none would run.
    """
    if isinstance(val, bytes) and len(val) > OCTETS_IN_A_NAME:
        return argname
    return None

"""What all tests share: the same hypothesis examples on every machine, and no clock over them.

A run with examples of its own: `HYPOTHESIS_PROFILE=wandering make test`.
"""

import os

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("wandering", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

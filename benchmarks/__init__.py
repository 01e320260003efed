"""What the gate costs and what it catches, measured beside others."""

import detectors  # noqa: F401 (says how many threads there are, before NumPy is read)

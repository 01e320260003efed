"""Finds what must not leave in a text, and says whether it identifies a patient."""

import os

# A window is small: threads would cost more processor time than they save. To be said before NumPy is there.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

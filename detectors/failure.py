"""How detection fails: loudly, and without a word of the text."""

from __future__ import annotations


class DetectionError(Exception):
    """Detection failed, so nothing is known about the text. The message never quotes it."""

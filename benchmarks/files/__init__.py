"""The files that a practice attaches, of a given size in octets, as real readers open them.

Text is compressed as office software compresses it. Files come out within a few per
cent of their size; the same seed makes the same octets.
"""

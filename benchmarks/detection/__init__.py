"""How well and how fast detection works, on labelled mail of its own: `python -m benchmarks.detection`."""

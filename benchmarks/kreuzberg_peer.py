"""kreuzberg behind pipes: a path on each line of standard input, a JSON object on standard output.

Run by `benchmarks.attachments`, with whatever Python has kreuzberg.
"""

import json
import sys

import kreuzberg  # type: ignore[import-not-found,unused-ignore]  # nothing of ours needs it

for line in sys.stdin:
    try:
        text, error = kreuzberg.extract_file_sync(line.rstrip("\n")).content, ""
    except Exception as refusal:
        text, error = "", type(refusal).__name__
    print(json.dumps({"text": text, "error": error}), flush=True)

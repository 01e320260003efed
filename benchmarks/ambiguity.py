"""Messages that mail clients read differently: how many are seen or held; and how much honest mail is held.

`make bench-ambiguity ARGS="--honest 5000 FOLDER…"`. Of folders, every file that begins like a message is
read; an mbox is taken apart. Held as ambiguous is a message whose structure or transfer encoding made it
unscannable, whatever else was the matter with it.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.extract.message import read_message
from gateway.extract.node import Limits
from gateway.inspection import Inspector
from gateway.mail import State, Trait

_OF_ENCODINGS = {
    "unknown transfer encoding",
    "base64 that cannot be decoded exactly",
    "contradictory Content-Transfer-Encoding fields",
}
_MESSAGE = re.compile(rb"(?:[!-9;-~]{1,60}:.*\r?\n(?:[ \t].*\r?\n)*){2}", re.IGNORECASE)
_MBOX_LINE = re.compile(rb"(?:\A|\n)From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n")


def ambiguous() -> None:
    """Print, by class, how many ambiguous messages show their NHS number, are held, or slip through."""
    from tests.gateway.extract.ambiguous_mail import counts, messages  # noqa: PLC0415 - only here

    inspector, ended = Inspector(), {}
    for name, content in messages().items():
        parts = inspector.inspect(content).parts
        seen = any(finding.type == "NHS_NUMBER" for part in parts for finding in part.findings)
        held = any(part.state is State.UNSCANNABLE for part in parts)
        ended[name] = "seen" if seen else "held" if held else "missed"
    print(f"{'ambiguous messages':28}{'all':>7}{'seen':>7}{'held':>7}{'missed':>7}")
    for kind, number in {**counts(ended), "": len(ended)}.items():
        of_kind = Counter(end for name, end in ended.items() if name.startswith(kind))
        row = "".join(f"{of_kind[end]:7}" for end in ("seen", "held", "missed"))
        print(f"{kind or 'all':28}{number:7}{row}")


def honest(mails: Iterable[tuple[str, bytes]], what: str) -> None:
    """Print how many of these are held as ambiguous, and which; and how many have differing alternatives."""
    number = differing = 0
    held: dict[str, set[str]] = {}
    for name, content in mails:
        nodes = read_message(content, Limits())[1]
        number += 1
        differing += any(Trait.DIFFERING in node.traits for node in nodes)
        unscannable = [node for node in nodes if node.state is State.UNSCANNABLE]
        reasons = {node.reason for node in unscannable if node.name.endswith("structure")}
        if reasons := reasons | _OF_ENCODINGS.intersection(node.reason for node in unscannable):
            held[name] = reasons
    share = 100 * len(held) / max(1, number)
    print(f"{what}: {number} messages, {len(held)} held as ambiguous ({share:.2f} %), {differing} differing")
    for name, reasons in held.items():
        print(f"  {name}: {'; '.join(sorted(reasons))}")


def messages_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every message in the files of a folder, with CRLF, and its file's name."""
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        content = file.read_bytes()
        for piece in _MBOX_LINE.split(content) if content.startswith(b"From ") else [content]:
            if _MESSAGE.match(piece):
                yield str(file.relative_to(folder)), re.sub(rb"\r?\n", b"\r\n", piece)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="with mail that is honest")
    parser.add_argument("--honest", type=int, default=2_000, metavar="N", help="so many generated messages")
    options = parser.parse_args()
    from tests.gateway.extract.honest_mail import mails  # noqa: PLC0415 - only here

    ambiguous()
    honest(mails(options.honest), "generated")
    for folder in options.folders:
        honest(messages_of(folder), str(folder))


if __name__ == "__main__":
    main()

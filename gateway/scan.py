"""`postern scan`, `detect` and `extract`: what the gate would say, and what it sees.

Nothing is delivered or kept.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import track
from rich.text import Text

from config.settings import Settings
from gateway.app import build_judge, build_scanner, build_workers
from gateway.extract.layout import Layout, Pages
from gateway.extract.node import Node
from gateway.mail import Action, Detection, Envelope, Inspection, Verdict
from gateway.policy.facts import Facts
from gateway.sources import Source, SourceError, files, messages, printable, read
from gateway.viruses import Examiner
from gateway.workers import UnreadableError

T = TypeVar("T")
R = TypeVar("R")

ALL_DELIVERED, NOT_ALL_DELIVERED, BAD_INPUT = 0, 1, 2
STYLES = {
    Action.DELIVER: "green",
    Action.NOTIFY: "cyan",
    Action.CONVERT: "cyan",
    Action.ENCRYPT: "cyan",
    Action.HOLD: "bold red",
    Action.REJECT: "bold red",
}


async def scan(
    settings: Settings, paths: Sequence[str], mail_from: str | None, rcpt: Sequence[str], *, as_json: bool
) -> int:
    """Judge every message; one line or JSON object each, in order. The exit status of the contract."""
    judge, workers = build_judge(settings), build_workers(settings)
    examiner = Examiner(workers, build_scanner(settings))
    console, status = Console(), ALL_DELIVERED

    async def judged(source: Source) -> tuple[Source, Facts, Verdict, Inspection, float]:
        began = time.perf_counter()
        inspection = await examiner.inspect(source.content)
        envelope = _envelope(inspection, mail_from, rcpt)
        facts, verdict = judge(envelope, inspection)
        return source, facts, verdict, inspection, 1000 * (time.perf_counter() - began)

    await workers.start()
    try:
        unreadable: list[str] = []
        async for source, facts, verdict, inspection, milliseconds in _in_order(
            judged, _messages(paths, unreadable), settings.inspection.workers
        ):
            if not facts.recipients:
                unreadable.append(source.path)
                print(f"postern: {source.path}: no recipients; name them with --rcpt", file=sys.stderr)
                continue  # To nobody, anything may go: a verdict would only mislead.
            if verdict.action not in (Action.DELIVER, Action.NOTIFY, Action.CONVERT):
                status = NOT_ALL_DELIVERED
            if as_json:
                print(json.dumps(_report(source, facts, verdict, inspection, milliseconds)))
            else:
                console.print(_line(source, facts, verdict))
    finally:
        await workers.close()
    return BAD_INPUT if unreadable else status


async def detect(settings: Settings, path: str) -> int:
    """JSON lines {"id", "text"} in; findings and flags out, in the same order."""
    workers = build_workers(settings)

    async def detected(item: dict[str, Any]) -> dict[str, Any]:
        detection = await workers.detect(item["text"])
        return {"id": item["id"], **_flags(detection)}

    await workers.start()
    try:
        async for result in _in_order(detected, _items(path), settings.inspection.workers):
            print(json.dumps(result))
    except UnreadableError as error:
        raise SourceError(f"{path}: a text could not be inspected: {error}") from error
    finally:
        await workers.close()
    return ALL_DELIVERED


async def extract(settings: Settings, paths: Sequence[str], *, as_json: bool) -> int:
    """What the gate sees in files and messages: every node with its state and text."""
    workers, console, status = build_workers(settings), Console(), ALL_DELIVERED
    await workers.start()
    try:
        for path in files(paths):
            try:
                nodes = await workers.read(read(path), Path(path).name)
            except SourceError as error:
                print(f"postern: {error}", file=sys.stderr)
                status = BAD_INPUT
                continue
            except UnreadableError as error:
                print(f"postern: {path}: {error}", file=sys.stderr)
                status = BAD_INPUT
                continue
            for node in nodes:
                if as_json:
                    print(json.dumps(_node(path, node)))
                else:
                    console.print(
                        Text(
                            printable(f"{_way(path, node)}  {node.type}  {node.state} {node.reason}"),
                            "bold",
                        )
                    )
                    console.print(Text(printable(node.text)))
    finally:
        await workers.close()
    return status


def _messages(paths: Sequence[str], unreadable: list[str]) -> Iterator[Source]:
    """Every message under the paths; what cannot be read is named on standard error, and in `unreadable`."""
    found = files(paths)
    if not found:
        unreadable.extend(paths)
        print(f"postern: {', '.join(paths)}: no files there", file=sys.stderr)
    shown: Iterable[str] = found
    if len(found) > 1:
        shown = track(found, "Scanning", console=Console(stderr=True), disable=not sys.stderr.isatty())
    for path in shown:
        try:
            yield from messages(path)
        except SourceError as error:
            unreadable.append(path)
            print(f"postern: {error}", file=sys.stderr)


def _items(path: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(read(path).decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            if not isinstance(item["text"], str) or "id" not in item:
                raise KeyError
        except (ValueError, KeyError, TypeError):
            raise SourceError(f'{path}:{number}: must be a JSON object with "id" and "text"') from None
        yield item


async def _in_order(work: Callable[[T], Awaitable[R]], items: Iterable[T], at_once: int) -> AsyncIterator[R]:
    """The results of `work`, in the order of the items, a few being worked on at once."""
    under_way: deque[asyncio.Future[R]] = deque()
    try:
        for item in items:
            under_way.append(asyncio.ensure_future(work(item)))
            if len(under_way) > 2 * (at_once or 4):
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for future in under_way:
            future.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _envelope(inspection: Inspection, mail_from: str | None, rcpt: Sequence[str]) -> Envelope:
    headers = inspection.headers
    author = headers.authors[0] if headers.authors else ""
    recipients = tuple(rcpt) or tuple(dict.fromkeys((*headers.visible, *headers.blind)))
    return Envelope(mail_from=author if mail_from is None else mail_from, recipients=recipients)


def _report(
    source: Source, facts: Facts, verdict: Verdict, inspection: Inspection, milliseconds: float
) -> dict[str, Any]:
    judgement = inspection.judgement
    return {
        "path": source.path,
        "action": verdict.action,
        "rules": [
            {
                "id": rule.id,
                "clause": rule.clause,
                "severity": rule.severity,
                "action": rule.action,
                "reason": rule.reason,
                "evidence": rule.evidence,
                "monitored": rule.monitored,
            }
            for rule in verdict.rules
        ],
        "policy": verdict.policy,
        "virus_scan": verdict.virus_scan,
        "patient_identifiable": judgement.patient_identifiable,
        "bank_or_card": judgement.bank_or_card,
        "patients": judgement.patients,
        "evidence": judgement.evidence,
        "recipients": {one.address: one.trust for one in facts.recipients},
        "findings": [
            {
                "type": finding.type,
                "start": finding.start,
                "end": finding.end,
                "score": finding.score,
                "part": part.name,
                "place": f"{part.name} › {finding.cell}" if finding.cell else part.name,
                "why": finding.why,
            }
            for part in inspection.parts
            for finding in part.findings
        ],
        "parts": [
            {
                "name": part.name,
                "type": part.type,
                "size": part.size,
                "state": part.state,
                "reason": part.reason,
                "chars": part.chars,
                "traits": part.traits,
            }
            for part in inspection.parts
        ],
        "milliseconds": round(milliseconds, 1),
    }


def _flags(detection: Detection) -> dict[str, Any]:
    return {
        "spans": [
            {"start": one.start, "end": one.end, "type": one.type, "score": one.score}
            for one in detection.findings
        ],
        "patient_identifiable": detection.judgement.patient_identifiable,
        "bank_or_card": detection.judgement.bank_or_card,
    }


def _way(path: str, node: Node) -> str:
    """Of a file that is no message, the names of nodes begin with its own."""
    if path.lower().endswith(".eml"):
        return f"{path} › {node.name}"
    return str(Path(path).parent / node.name)


def _node(path: str, node: Node) -> dict[str, Any]:
    return {
        "path": _way(path, node),
        "type": node.type,
        "name": node.name,
        "size": node.size,
        "state": node.state,
        "reason": node.reason,
        "traits": node.traits,
        "text": node.text,
        "cells": list(node.layout.named()) if isinstance(node.layout, Layout) else [],
        "pages": node.layout.starts if isinstance(node.layout, Pages) else [],
    }


def _line(source: Source, facts: Facts, verdict: Verdict) -> Text:
    line = Text(f"{source.path}: ")
    line.append(verdict.action, STYLES[verdict.action])
    for one in facts.recipients:
        line.append(f"\n    to {one.address} ({one.trust})")
    for rule in verdict.rules:
        monitored = ", monitored only" if rule.monitored else ""
        line.append(f"\n    {rule.id} ({rule.clause}, {rule.severity}{monitored}): {rule.reason}")
        for sentence in rule.evidence:
            line.append(f"\n        {sentence}")
    return line

"""What `docs/adding-a-detector.md` tells people to do works: its blocks are run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from config.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-detector.md").read_text(encoding="utf-8")
BLOCKS = {
    block["file"]: block["code"]
    for block in re.finditer(r"^```\w+ (?P<file>\S+)\n(?P<code>.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the detectors, with everything that the page adds or changes."""
    shutil.copytree(ROOT / "detectors", tmp_path / "detectors", ignore=shutil.ignore_patterns("__pycache__"))
    engine = tmp_path / "detectors" / "engine.py"
    import_line, row = filter(None, BLOCKS["detectors/engine.py"].splitlines())
    changed = re.sub(
        r"^(?=from detectors\.failure )", f"{import_line}\n", engine.read_text("utf-8"), flags=re.MULTILINE
    )
    changed = re.sub(r"^(OURS\b.*\n)", rf"\1{row}\n", changed, flags=re.MULTILINE)
    assert changed.count("snomed_codes") == 2
    for name, code in {**BLOCKS, "detectors/engine.py": changed}.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
    return tmp_path


def run(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the changed house; what is not changed comes from the repository."""
    environment = os.environ | {"PYTHONPATH": f"{house}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=house, env=environment, capture_output=True, text=True, check=False
    )


def test_the_recognizer_and_its_line_pass_the_tests_on_the_page(house: Path) -> None:
    """The tests of the example pass against a copy of the detectors with the example in it."""
    done = run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/detectors/test_snomed_codes.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_those_tests_fail_without_the_line_in_the_engine(house: Path) -> None:
    """The last of them is about the line, so it notices when the line is forgotten."""
    shutil.copy(ROOT / "detectors" / "engine.py", house / "detectors" / "engine.py")
    done = run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/detectors/test_snomed_codes.py")
    assert "1 failed" in done.stdout


def test_the_yaml_recognizer_finds_what_the_page_says(house: Path) -> None:
    """`postern detect` with the page's configuration answers as printed."""
    done = run(house, "-m", "gateway", "detect", "--config", "postern.toml", "texts.jsonl")
    answers = [msgspec.json.decode(line) for line in done.stdout.splitlines()]
    printed = [msgspec.json.decode(line) for line in BLOCKS["found.jsonl"].splitlines()]
    seen = [{"id": answer["id"], "types": [span["type"] for span in answer["spans"]]} for answer in answers]
    assert (seen, done.stderr) == (printed, "")


def test_without_the_file_the_number_is_not_found(house: Path) -> None:
    """The example needs its pattern."""
    done = run(house, "-m", "gateway", "detect", "texts.jsonl")
    hit, *others = (msgspec.json.decode(line) for line in done.stdout.splitlines())
    assert [span["type"] for span in hit["spans"]] == ["PERSON"]
    assert not any(other["spans"] for other in others)


def test_the_configuration_of_a_larger_pipeline_is_one() -> None:
    """The settings that the page names exist and take these values."""
    inspection = Settings.model_validate(tomllib.loads(BLOCKS["larger.toml"])).inspection
    assert (inspection.pipeline, inspection.memory) == ("en_core_web_lg", 2048)


def test_every_file_that_the_page_names_is_there(house: Path) -> None:
    """Paths in the text lead somewhere."""
    named = set(re.findall(r"`((?:detectors|tests)/[\w/]+(?:\.py|/))`", PAGE))
    assert named
    assert [
        name for name in sorted(named) if not (ROOT / name).exists() and not (house / name).exists()
    ] == []

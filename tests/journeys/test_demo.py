"""`make demo` shows what it promises."""

import os
import subprocess
import sys
from pathlib import Path

from gateway.demo import samples
from gateway.mail import Action


def test_every_sample_comes_out_as_it_should(tmp_path: Path) -> None:
    """`postern demo --once` ends with 0, every verdict as beside the sample; 80 columns break no address."""
    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once", "--folder", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"COLUMNS": "80"},
    )

    assert ended.returncode == 0, ended.stdout
    words = ended.stdout.split()
    assert [to for sample in samples() for to in sample.recipients if to not in words] == []


def test_the_samples_show_every_kind_of_verdict() -> None:
    """There are at least twelve, some delivered, some held, and none that shows its Bcc."""
    shown = samples()

    assert len(shown) >= 12
    assert {Action.DELIVER, Action.NOTIFY, Action.HOLD} <= {sample.action for sample in shown}
    assert not any(b"\nbcc:" in sample.content.lower() for sample in shown)

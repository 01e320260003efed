from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import fields


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" plain words", "plain words"),
        (" folded\r\n words", "folded words"),
        (" folded\r\n\twords", "folded words"),
        (" =?utf-8?Q?caf=C3=A9?=", "café"),
        (" =?iso-8859-1?B?Y2Fm6Q==?= noir", "café noir"),
        (" =?utf-8?Q?999_000?= =?utf-8?Q?_0018?=", "999 000 0018"),
        (" =?utf-8*en?Q?caf=C3=A9?=", "café"),
        (" =?x-unknown?Q?999_000_0018?=", "999 000 0018"),
        (" caf\udcc3\udca9", "café"),
        (" caf\udce9 =?utf-8?Q?noir?=", "café noir"),
        (" =?utf-8?B?YWJj!ZGVm?=", "abcdef"),
        (" =?utf-8?", "=?utf-8?"),
        (" Ann\ud800 Lee", "Ann\ufffd Lee"),
    ],
)
def test_decodes_as_a_client_shows_it(value: str, text: str) -> None:
    """Encoded words in any charset, octets without a label and broken words all end as text."""
    assert fields.decode(value) == text


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("X-Patient", "Ann Lee", "X-Patient: Ann Lee"),
        ("Comments", "see 999 000 0018", "Comments: see 999 000 0018"),
        ("Keywords", "asthma", "Keywords: asthma"),
        ("Message-ID", "<9990000018@practice.example>", "Message-ID: <9990000018@practice.example>"),
        ("To", '"Ann Lee (asthma)" <ann@practice.example>', "To: Ann Lee (asthma)"),
        ("To", "ann@practice.example", ""),
        ("Cc", "ann@practice.example, <bob@practice.example>", ""),
        ("Received", "from here by there", ""),
        ("Date", "Mon, 2 Nov 2026 10:00:00 +0000", ""),
        ("DKIM-Signature", "v=1; b=abc", ""),
        ("Received", "from NHS 999 000 0018 by there", "Received: from NHS 999 000 0018 by there"),
        ("Received", "from [10.999.000.0018] by there with id 999-000-0018-1", ""),
        ("MIME-Version", "1.0", ""),
        ("MIME-Version", "1.0 (Ann Lee)", "MIME-Version: 1.0 (Ann Lee)"),
        ("Content-Language", "en-GB, cy", ""),
        ("Content-Language", "Ann Lee has asthma", "Content-Language: Ann Lee has asthma"),
        ("Content-Length", "1234", ""),
        ("Content-Type", "text/plain", ""),
    ],
)
def test_keeps_what_people_write(name: str, value: str, line: str) -> None:
    """Words of people are kept with the field's name; addresses and what machines write are not."""
    assert fields.written([(name, value)]) == line


@given(st.text(max_size=200), st.sampled_from(["", "=?", "=?utf-8?Q?", "=?utf-7?B?"]))
def test_never_raises(text: str, opening: str) -> None:
    """Any value of a field becomes text."""
    value = (opening + text).encode("utf-8", "surrogatepass").decode("ascii", "surrogateescape")
    assert isinstance(fields.decode(value), str)

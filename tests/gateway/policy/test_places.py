from __future__ import annotations

import pytest

from gateway.policy.places import Place, line_of

TEXT = '''\
first = 1
[table]
key = 2
"quoted" = 3
[[rule]]
id = "a"
text = """
key = 4
[[rule]]
"""
  [[rule.must]]
  to = 5
  [[rule.must]]
  to = 6
[[rule]]
id = "b"
  [rule.more]
  to = 7
  [[rule.must]]
  to = 8
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("first",), 1),
        (("table",), 2),
        (("table", "key"), 3),
        (("table", "key", 4, "deeper"), 3),
        (("table", "absent"), 2),
        (("rule", 0), 5),
        (("rule", 0, "id"), 6),
        (("rule", 0, "text"), 7),
        (("rule", 0, "key"), 5),
        (("rule", 0, "must", 0, "to"), 12),
        (("rule", 0, "must", 1, "to"), 14),
        (("rule", 0, "must", 1, "to", 3), 14),
        (("rule", 1, "id"), 16),
        (("rule", 1, "more", "to"), 18),
        (("rule", 1, "must", 0, "to"), 20),
        (("rule", 1, "must", 0, "cc"), 19),
        (("absent",), 1),
        ((), 1),
    ],
)
def test_a_place_has_a_line(place: Place, line: int) -> None:
    """The line of a key, of its table, or of the nearest table around it, is found."""
    assert line_of(place, TEXT) == line

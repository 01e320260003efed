"""A certificate for the listener, made once."""

from __future__ import annotations

import pytest

from tests.fakes import Certificate, certificate


@pytest.fixture(scope="session")
def listener_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("listener"))

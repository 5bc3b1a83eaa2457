"""The figures of the README are those that a command prints."""

import pytest

from toolchain.pages import README, session
from verification.markers import block


@pytest.fixture(scope="module")
def text():
    """The README."""
    return README.read_text()


def test_the_session_is_what_the_demo_prints(text):
    assert block(text, "demo") == session(), "run `ape run readme`, and read the diff"

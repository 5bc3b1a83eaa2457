"""The assertion that a contract refuses a call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from peculium import ContractError


@contextmanager
def refuses(expected: type[ContractError], /, **arguments: Any) -> Iterator[None]:
    """Asserts that the block raises exactly this error, with these arguments."""
    with pytest.raises(ContractError) as caught:
        yield
    error = caught.value
    assert type(error) is expected, f"{type(error).__name__}: {error}"
    offered = {name: error.arguments.get(name) for name in arguments}
    assert offered == arguments

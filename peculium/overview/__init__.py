"""What an agent can do now, in one object."""

from peculium.overview.parts import (
    AuthorizationState,
    BookState,
    CurrencyState,
    Overview,
    PayeeState,
    RequestState,
    State,
    TokenState,
)
from peculium.overview.reader import Reader

__all__ = [
    "AuthorizationState",
    "BookState",
    "CurrencyState",
    "Overview",
    "PayeeState",
    "Reader",
    "RequestState",
    "State",
    "TokenState",
]

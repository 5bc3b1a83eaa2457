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
from peculium.overview.several import Overviews, read_overview

__all__ = [
    "AuthorizationState",
    "BookState",
    "CurrencyState",
    "Overview",
    "Overviews",
    "PayeeState",
    "Reader",
    "RequestState",
    "State",
    "TokenState",
    "read_overview",
]

"""What an agent does, by subject; `peculium.agent` binds it to a key, a wallet and a chain."""

from peculium.acting.authorizations import Authorizing, Preauthorized
from peculium.acting.bound import Bound
from peculium.acting.cheques import CashedCheque, Writing
from peculium.acting.observing import Observing
from peculium.acting.requests import Asked, Asking, RequestOutcome

__all__ = [
    "Asked",
    "Asking",
    "Authorizing",
    "Bound",
    "CashedCheque",
    "Observing",
    "Preauthorized",
    "RequestOutcome",
    "Writing",
]

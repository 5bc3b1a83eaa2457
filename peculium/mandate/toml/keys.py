"""The keys of a mandate's file. `schema.json` describes the same ones."""

from __future__ import annotations

from datetime import timedelta

PER = {
    "per_hour": timedelta(hours=1),
    "per_day": timedelta(days=1),
    "per_week": timedelta(days=7),
    "per_30_days": timedelta(days=30),
}
"""The usual rolling windows, each a key of its own. `windows` has any others."""
WINDOWS = (*PER, "windows")

MANDATE = (
    *(
        "version",
        "principal",
        "agent_key",
        "valid_from",
        "valid_until",
        "epoch",
        "round",
        "terms",
        "terms_hash",
        "guard",
    ),
    *("requests", "authorizations", "gas", "names", "tokens", "budget", "call"),
)
TOKEN = ("address", "decimals")
BUDGET = (
    *("tokens", "decimals", "per_payment", *WINDOWS, "ever", "spent_at_most"),
    *("payees", "strangers", "cheques"),
)
PAYEE = ("payee", "limit", "until")
STRANGERS = ("per_payment", *WINDOWS)
CHEQUES = ("token", "count", "limit", "period", "strangers", "order")
CALL = (
    *("target", "function", "variant", "token", "value", "pull", "max_calls", "window", "floor"),
    "arguments",
)
FLOOR = ("token", "gain", "per")
REQUESTS = ("count", "longest_age")
AUTHORIZATIONS = ("longest_age",)
GAS = ("per_operation", *WINDOWS)
ARGUMENT = ("equal", "one_of", "at_most", "at_least", "tail_in", "tail_hash_in")

NATIVE_NAME = "native"
"""The native currency, as a token and as the unit of an amount."""
FOREVER_NAME = "forever"
"""A time that never comes."""
TAIL_NAME = "tail"
"""The key of the rule on the tail, where arguments are named."""

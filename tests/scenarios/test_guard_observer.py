"""The oracle notices violations of I34 and I35 in logs that no correct contract emits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from verification.scenarios.guard_observer import Guards
from verification.scenarios.model.fleet import FLEET
from verification.scenarios.model.terms import NO_LIMIT, Budget, Terms
from verification.scenarios.observers import InvariantViolated, Seen

HOUR, DAY = 3600, 86_400
CLOSING = b"\x01\x02\x03\x04"
BUDGET = Budget("USD", 6, 100, 1000, NO_LIMIT, ((HOUR, 500),), {"usdc": 6}, 0, 0, frozenset({"payee 0"}), {})
TERMS = Terms(b"\x01" * 32, "principal", 0, "agent 0", 0, 2**40, 0, (BUDGET,), guard=FLEET)
UNGUARDED = replace(TERMS, hash=b"\x02" * 32, guard="nobody")


def seen(name: str, *topics: str, words: tuple[int, ...] = (), by: str = "wallet 0") -> Seen:
    """An event; names stand for addresses."""
    return Seen(by, name, list(topics), list(words))


def payment(charge: int, by: str = "wallet 0", payee: str = "payee 0") -> Seen:
    """A payment."""
    return seen("PaymentMade", "usdc", payee, "ref", words=(charge, charge), by=by)


def authorization(charge: int, digest: int = 7) -> Seen:
    """A pre-authorization."""
    return seen("PaymentAuthorized", "usdc", "payee 0", "ref", words=(0, digest, charge))


def closed(charge: int, settled: bool, digest: int = 7) -> Seen:
    """An authorization is closed."""
    return seen("AuthorizationClosed", f"0x{digest:064x}", words=(charge, settled))


def text(value: str) -> tuple[int, int]:
    """A text in the data of an event: its length and its only word."""
    return len(value), int.from_bytes(value.encode().ljust(32, b"\0"))


def executed(target: str, data: bytes) -> Seen:
    """A call by wallet 1 that its principal decided."""
    words = (int.from_bytes(data[i : i + 32].ljust(32, b"\0")) for i in range(0, len(data), 32))
    return seen("Executed", target, words=(0, 64, len(data), *words), by="wallet 1")


def budget_set(lifetime: int, *windows: int) -> Seen:
    """The fleet's principal sets a budget: lengths and limits of windows in turn."""
    words = (128, 6, lifetime, 192, *text("USD"), len(windows) // 2, *windows)
    return seen("FleetBudgetSet", words=words, by=FLEET)


@pytest.fixture
def guards() -> Guards:
    """Two wallets under a fleet's budget of 100 an hour and 300 in all, and one that isn't."""
    terms = {"wallet 0": TERMS, "wallet 1": TERMS, "wallet 2": UNGUARDED}
    observer = Guards(str, {each.hash: each for each in (TERMS, UNGUARDED)}, frozenset({CLOSING}), terms)
    observer.set_budget("USD", 300, {HOUR: 100}, 0)
    return observer


@pytest.fixture
def see(guards) -> Callable[..., None]:
    """Lets the oracle see one transaction."""
    return lambda *events, time=0: guards.see(time, list(events))


@pytest.mark.parametrize(
    "event",
    [
        payment(1, payee=FLEET),
        seen("PaymentAuthorized", "usdc", FLEET, "ref", words=(0, 7, 1)),
        seen("CallMade", FLEET, "0x01020304", "ref"),
        seen("Approval", "wallet 0", FLEET, words=(1,), by="usdc"),
        seen("Transfer", "wallet 0", FLEET, words=(1,), by="usdc"),
    ],
    ids=lambda event: event.name,
)
def test_guard_gets_nothing(see, event):
    with pytest.raises(InvariantViolated, match=f"I34: {event.name} of wallet 0 to its guard"):
        see(event)


def test_wallet_without_the_guard_may_pay_it(see):
    see(payment(1000, by="wallet 2", payee=FLEET))


def test_wallets_together_stay_within_the_fleets_window(see):
    see(payment(60))
    with pytest.raises(InvariantViolated, match="I35: the fleet was charged 101 USD in 3600 s until 3599, limit 100"):
        see(payment(41, by="wallet 1"), time=HOUR - 1)


def test_fleets_window_returns_after_its_length(see):
    see(payment(60))
    see(payment(100, by="wallet 1"), time=HOUR)


def test_wallets_together_stay_within_the_fleets_lifetime(see):
    for day in range(3):
        see(payment(100), time=day * DAY)
    with pytest.raises(InvariantViolated, match="I35: the fleet was charged 301 USD, limit 300"):
        see(payment(1, by="wallet 1"), time=3 * DAY)


def test_mandate_with_the_guard_counts_from_its_installation_on(see):
    see(payment(90, by="wallet 2"))
    see(seen("MandateInstalled", "0x" + TERMS.hash.hex(), by="wallet 2"), payment(100, by="wallet 2"))
    with pytest.raises(InvariantViolated, match="I35"):
        see(payment(1, by="wallet 2"))


def test_lower_limit_holds_at_once(see):
    see(payment(60))
    see(budget_set(300, HOUR, 50))
    with pytest.raises(InvariantViolated, match="I35: the fleet was charged 61 USD"):
        see(payment(1))


def test_new_window_counts_from_its_opening_on(see):
    see(payment(100))
    see(budget_set(300, HOUR, 100, DAY, 100), time=HOUR)
    see(payment(100), time=HOUR)
    with pytest.raises(InvariantViolated, match="in 86400 s"):
        see(payment(1), time=2 * HOUR)


@pytest.mark.parametrize(("settled", "room"), [(True, 0), (False, 100)])
def test_authorization_counts_unless_it_is_released(see, settled, room):
    see(authorization(100), closed(100, settled))
    see(*[payment(room)] * (room > 0))
    with pytest.raises(InvariantViolated, match="I35"):
        see(payment(1))


@pytest.mark.parametrize("target", [FLEET, "guard of nobody"])
def test_principal_does_not_make_its_wallet_call_a_guard(see, target):
    with pytest.raises(InvariantViolated, match="I34: the principal of wallet 1 made it call a guard"):
        see(executed(target, CLOSING + keccak(text="USD") + (30).to_bytes(32) + bytes(32)))


@pytest.mark.parametrize("data", [b"", CLOSING[:3], bytes(4) + CLOSING])
def test_principal_makes_its_wallet_call_anything_else(see, data):
    see(executed(FLEET, data))

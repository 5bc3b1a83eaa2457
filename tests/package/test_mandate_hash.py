"""The package and the contracts compute the same hashes and bytes of a mandate (I16, I27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from eth_abi import encode
from eth_utils import keccak

from peculium import (
    Argument,
    Budget,
    CallRule,
    ChequeBook,
    Floor,
    GasTerms,
    LimitedPayee,
    Mandate,
    Token,
    Window,
    errors,
)
from verification.testing.refusals import refuses

A, B, C, D, E = (f"0x{digit * 40}" for digit in "12345")

BUDGET = Budget(
    currency="USD",
    payment_limit=Decimal("1.5"),
    lifetime_limit=Decimal(1000),
    windows=(Window(timedelta(days=1), Decimal(10)),),
    tokens=(Token(C, 6), Token(D, 18)),
    payees=(A, B),
    spent_at_most=Decimal(3),
)
RULE = CallRule(E, "f(uint256)", (Argument.at_most(1),), pull_limit=5, token=D, max_calls=2, window=timedelta(hours=1))
BOOK = ChequeBook(D, 2, Decimal(1), timedelta(days=1))
MANDATE = Mandate(
    principal=A,
    agent_key=B,
    valid_from=1_000,
    valid_until=2_000,
    budgets=(BUDGET,),
    epoch=1,
    round=1,
    calls=(RULE,),
    cheque_books=(BOOK,),
    terms_hash=b"\2" * 32,
    terms_uri="https://terms.example",
)

OTHER_BUDGETS = {
    "currency": {"currency": "EUR"},
    "decimals": {"decimals": 7},
    "paymentLimit": {"payment_limit": Decimal("1.500001")},
    "lifetimeLimit": {"lifetime_limit": Decimal(1001)},
    "spentAtMost": {"spent_at_most": Decimal(4)},
    "spentAtMost, any": {"spent_at_most": Decimal("Infinity")},
    "window length": {"windows": (Window(timedelta(days=2), Decimal(10)),)},
    "window limit": {"windows": (Window(timedelta(days=1), Decimal(11)),)},
    "window count": {"windows": BUDGET.windows * 2},
    "token": {"tokens": (Token(B, 6), Token(D, 18))},
    "token decimals": {"tokens": (Token(C, 7), Token(D, 18))},
    "token order": {"tokens": (Token(D, 18), Token(C, 6))},
    "token count": {"tokens": (Token(C, 6),)},
    "strangerPaymentLimit": {"stranger_payment_limit": Decimal(1)},
    "strangerWindowLimit": {"stranger_window_limit": Decimal(1)},
    "limited payee": {"limited_payees": (LimitedPayee(C),)},
    "limited payee's limit": {"limited_payees": (LimitedPayee(C, Decimal(1)),)},
    "limited payee's end": {"limited_payees": (LimitedPayee(C, valid_until=1_500),)},
    "payee": {"payees": (A, C)},
    "payee count": {"payees": (A,)},
}
OTHER_RULES = {
    "target": {"target": A},
    "selector": {"function": "g(uint256)"},
    "variant": {"variant": 1},
    "token": {"token": C},
    "valueLimit": {"value_limit": Decimal(1)},
    "pullLimit": {"pull_limit": Decimal(6)},
    "maxCalls": {"max_calls": 3},
    "window": {"window": timedelta(hours=2)},
    "floor": {"floor": Floor(C, 1, 1)},
    "gainToken": {"floor": Floor(A, 1, 1)},
    "gain": {"floor": Floor(C, 2, 1)},
    "per": {"floor": Floor(C, 1, 2)},
    "argument kind": {"arguments": (Argument.at_least(1),)},
    "argument value": {"arguments": (Argument.at_most(2),)},
    "argument values": {"arguments": (Argument.one_of(1, 2),)},
    "tail": {"arguments": (Argument.tail_in(b""),)},
    "no argument": {"arguments": ()},
}
OTHER_BOOKS = {
    "token": {"token": C},
    "count": {"count": 3},
    "limit": {"limit": Decimal(2)},
    "period": {"period": timedelta(days=2)},
    "strangers": {"strangers": True},
}
OTHER_MANDATES = {
    "principal": {"principal": C},
    "epoch": {"epoch": 2},
    "agentKey": {"agent_key": C},
    "validFrom": {"valid_from": 1_001},
    "validUntil": {"valid_until": 2_001},
    "round": {"round": 2},
    "guard": {"guard": C},
    "no call rule": {"calls": ()},
    "no cheque book": {"cheque_books": ()},
    "maxRequests": {"max_requests": 1},
    "maxRequestAge": {"max_request_age": timedelta(hours=1)},
    "maxAuthorizationAge": {"max_authorization_age": timedelta(hours=1)},
    "gas terms": {"gas_terms": GasTerms(Decimal(1), Decimal(1), timedelta(hours=1))},
    "termsHash": {"terms_hash": b"\3" * 32},
    "termsURI": {"terms_uri": "https://terms.example/"},
    "no budget": {"budgets": ()},
    "two budgets": {"budgets": (BUDGET, BUDGET)},
    **{f"budget: {name}": {"budgets": (replace(BUDGET, **change),)} for name, change in OTHER_BUDGETS.items()},
    **{f"rule: {name}": {"calls": (replace(RULE, **change),)} for name, change in OTHER_RULES.items()},
    **{f"book: {name}": {"cheque_books": (replace(BOOK, **change),)} for name, change in OTHER_BOOKS.items()},
}


@pytest.mark.parametrize("field", OTHER_MANDATES)
def test_every_field_changes_hash_and_digest(field):
    """I16."""
    other = replace(MANDATE, **OTHER_MANDATES[field])
    assert other.hash() != MANDATE.hash()
    assert other.digest(A, 1) != MANDATE.digest(A, 1)
    assert other.head() != MANDATE.head()


def test_different_mandates_have_different_hashes():
    """I16."""
    hashes = {MANDATE.hash()} | {replace(MANDATE, **change).hash() for change in OTHER_MANDATES.values()}
    assert len(hashes) == len(OTHER_MANDATES) + 1


@pytest.mark.parametrize(
    "field", [f for f in OTHER_MANDATES if "count" not in f and f != "no budget" and f != "two budgets"]
)
def test_every_field_changes_the_code(field):
    """I27. The code contains the hash, so it also differs for fields that the wallet doesn't read."""
    assert replace(MANDATE, **OTHER_MANDATES[field]).code() != MANDATE.code()


@pytest.mark.parametrize(("wallet", "chain_id"), [(B, 1), (A, 2)])
def test_wallet_and_chain_change_the_digest_but_not_the_hash(wallet, chain_id):
    """I16."""
    assert MANDATE.digest(wallet, chain_id) != MANDATE.digest(A, 1)
    assert MANDATE.hash() == replace(MANDATE).hash()


def test_order_of_payees_does_not_change_the_hash():
    assert replace(MANDATE, budgets=(replace(BUDGET, payees=(B, A)),)).hash() == MANDATE.hash()


def test_datetime_and_unix_seconds_give_the_same_hash():
    moments = replace(
        MANDATE, valid_from=datetime.fromtimestamp(1_000, UTC), valid_until=datetime.fromtimestamp(2_000, UTC)
    )
    assert moments.hash() == MANDATE.hash()


def test_hash_follows_from_the_eip_712_type_string():
    """Computes the hash from the type string and the fields, as the contract does."""
    typed = MANDATE.typed_data(A, 1)
    order = ["Mandate", *sorted(set(typed["types"]) - {"EIP712Domain", "Mandate"})]
    text = "".join(_encode(name, typed["types"][name]) for name in order)
    fields = MANDATE.head()
    types = ["bytes32", "address", "uint64", "address", "uint48", "uint48", "uint32", "address", *["bytes32"] * 4]
    assert keccak(encode(types, [keccak(text=text), *fields])) == MANDATE.hash()


def _encode(name, members):
    return f"{name}({','.join(each['type'] + ' ' + each['name'] for each in members)})"


VARIANTS = {
    "default": {},
    "strangers": {"stranger_payment_limit": 5, "stranger_window_limit": 50},
    "strangers and windows": {
        "stranger_payment_limit": 5,
        "stranger_window_limit": 50,
        "further_windows": ((timedelta(days=7), 900),),
    },
    "only strangers": {"payees": (), "stranger_payment_limit": 5, "stranger_window_limit": 50},
    "no pre-authorizations": {"max_authorization_age": timedelta(0)},
    "eighteen decimals": {"decimals": 18},
    "no decimals": {"decimals": 0},
    "another currency": {"currency": "X" * 12},
    "seen spending": {"spent_at_most": Decimal(5)},
    "an hour": {"window_length": timedelta(hours=1)},
    "nothing allowed": {"payment_limit": 0, "window_limit": 0, "lifetime_limit": 0},
    "many payees": {"payees": [f"0x{i + 1:040x}" for i in range(100)]},
    "no terms": {"terms_uri": "", "terms_hash": bytes(32)},
    "long terms": {"terms_uri": "é" * 100},
    "without end": {"valid_until": 2**48 - 1},
}


@pytest.fixture(params=[False, True], ids=["no guard", "guard"])
def guard(request, deploy):
    """The field of the guard: with one, it is in the code before the limits, which it shifts."""
    return {"guard": deploy("GuardDouble").address} if request.param else {}


@pytest.mark.parametrize("variant", VARIANTS)
def test_wallet_and_registry_hold_the_same_hash_and_bytes(variant, guard, new_agent, new_mandate, suite):
    """I27. The mandate that is signed is the one that is enforced and anchored."""
    created = new_agent(mandate=new_mandate(**VARIANTS[variant], **guard))
    mandate, wallet = created.mandate, created.wallet
    assert wallet.mandate_hash == mandate.hash()
    assert wallet.enforces(mandate)
    assert bytes(suite.web3.eth.get_code(wallet.read("mandatePointer"))) == b"\0" + mandate.code()
    assert suite.registry.check_agent(created.agent_id).mandate_hash == mandate.hash()


def test_wallet_holds_the_same_bytes_of_every_power(guard, new_agent, new_mandate, deploy, usdc, dai):
    """I27. Floors, tails, strangers and the guard are optional parts of the code, and shift what follows."""
    target = deploy("MockVault", usdc.address).address
    often = {"max_calls": 5, "window": timedelta(hours=1)}
    rules = [
        CallRule(target, "f()", token=dai.address, **often),
        CallRule(target, "f()", token=usdc.address, variant=1, pull_limit=3, floor=Floor(dai.address, 7, 9), **often),
        CallRule(target, "g(uint256,bytes)", (Argument.charged(), Argument.tail_in(b"a")), token=usdc.address, **often),
        CallRule(target, "h(uint256,bytes)", (Argument.one_of(1, 2), Argument.any_bytes()), token=dai.address, **often),
    ]
    mandate = new_mandate(
        calls=rules,
        cheque_books=[] if guard else [ChequeBook(usdc.address, 2, 5, timedelta(days=1), strangers=True)],
        max_requests=3,
        max_request_age=timedelta(days=1),
        gas_terms=GasTerms(1, 2, timedelta(hours=1)),
        stranger_payment_limit=5,
        stranger_window_limit=50,
        limited_payees=[LimitedPayee("0x" + "77" * 20, 5)],
        further_windows=((timedelta(days=7), 900),),
        **guard,
    )
    created = new_agent(mandate=mandate)
    assert created.wallet.enforces(mandate)
    assert created.wallet.last_mandate().message() == mandate.message()


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name not in ("default", "many payees")])
def test_last_mandate_returns_the_signed_mandate(variant, guard, new_agent, new_mandate):
    """I27."""
    created = new_agent(mandate=new_mandate(**VARIANTS[variant], **guard))
    assert created.wallet.last_mandate().hash() == created.mandate.hash()


def test_registry_accepts_the_head(new_agent, new_mandate, suite, principal, agent, relayer):
    """I27. The registry hashes the head and checks both signatures of the digest."""
    created = new_agent()
    mandate = new_mandate(payment_limit=7).in_round(created.wallet.round)
    created.wallet.set_mandate(principal, mandate)
    signable = mandate.signable(created.wallet.address, suite.web3.eth.chain_id)
    both = [bytes(account.sign_message(signable).signature) for account in (principal, agent)]
    suite.registry.anchor_mandate(relayer, created.agent_id, mandate, *both)
    assert suite.registry.check_agent(created.agent_id).mandate_hash == mandate.hash()


@pytest.mark.parametrize("field", ["terms_uri", "valid_until", "payment_limit", "epoch", "guard"])
def test_enforces_is_false_for_a_mandate_that_differs(field, new_agent, stranger):
    """I27."""
    created = new_agent()
    mandate = created.mandate
    other = {
        "terms_uri": {"terms_uri": "https://other.example"},
        "valid_until": {"valid_until": mandate.valid_until + 1},
        "payment_limit": {"budgets": (replace(mandate.budgets[0], payment_limit=Decimal(99)),)},
        "epoch": {"epoch": 1},
        "guard": {"guard": stranger.address},
    }[field]
    assert not created.wallet.enforces(replace(mandate, **other))


def test_enforces_is_false_if_the_code_was_changed(new_agent, suite):
    """I27. `enforces` compares every byte of the code, not only the hash."""
    created = new_agent()
    pointer = created.wallet.read("mandatePointer")
    code = bytearray(suite.web3.eth.get_code(pointer))
    code[1 + 134 + 30 * 3 + 32 + 11] ^= 1
    suite.web3.provider.make_request("anvil_setCode", [pointer, "0x" + code.hex()])
    assert created.wallet.mandate_hash == created.mandate.hash()
    assert not created.wallet.enforces(created.mandate)


@pytest.mark.parametrize(
    ("units", "charge"), [(0, 0), (1, 1), (10**12 - 1, 1), (10**12, 1), (10**12 + 1, 2), (10**18, 10**6)]
)
def test_charge_is_rounded_up(units, charge):
    """I26."""
    assert BUDGET.charge(D, units) == charge
    assert BUDGET.charge(C, units) == units


def test_check_refuses_a_mandate_that_has_ended():
    with refuses(errors.ValidityPast, valid_until=2_000, timestamp=2_000):
        MANDATE.check(now=2_000)
    MANDATE.check(now=1_999)

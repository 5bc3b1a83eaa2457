"""A wrong value in any argument of any public function raises an error of the package, never a foreign one, and never one with a private key."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from eth_account import Account

from peculium import (
    Agent,
    AgentRegistry,
    AgentWallet,
    AgentWalletFactory,
    Authorization,
    Budget,
    Call,
    CallRequest,
    CallRule,
    ChequeBook,
    Credential,
    CredentialRegistry,
    Domain,
    EntryPoint,
    FleetBudget,
    Floor,
    GasTerms,
    InvalidInput,
    LimitedPayee,
    Mandate,
    Order,
    OrderKind,
    Pay,
    PayBatch,
    PeculiumError,
    Principal,
    PrincipalPaymaster,
    Request,
    RequestPayment,
    RevocationSwitch,
    SelfBundler,
    Token,
    UserOperation,
    WalletCall,
    Window,
    configure_sending,
)
from peculium.chain.options import SendOptions
from peculium.contract import Contract
from peculium.operations import ENTRY_POINT

ADDRESS = "0x" + "11" * 20
KEY = "0x" + "5ec4e7" * 10 + "5ec4"
"""A private key, which no message may have."""
WRONG = {
    "None": None,
    "text": "a",
    "no hex": "0xzz",
    "account": Account.create(),
    "negative": -1,
    "huge": 2**256,
    "float": 1.5,
    "no bytes": b"",
    "list": [],
    "no 0x": "11" * 20,
    "wrong checksum": "0xAb" + "cD" * 19,
    "object": object(),
    "key": KEY,
    "key without 0x": KEY[2:],
    "key as bytes": bytes.fromhex(KEY[2:]),
}
HOUR = timedelta(hours=1)
WINDOWS = [Window(HOUR, 1)]
BUDGET = Budget("USD", 1, 1, WINDOWS, [Token(ADDRESS, 6)], ["0x" + "33" * 20])
GENERAL = {name for name in dir(Contract) if not name.startswith("_")}
"""Methods that take the arguments of any contract function."""
NOT_ASKED = {"estimate", "sign", "hash", "wait", "receipt", "send", "send_all", "decode_call"}


@pytest.fixture
def created(checkpoint, new_agent, usdc):
    return checkpoint.share("created", lambda: new_agent(max_requests=2, max_request_age=HOUR))


@pytest.fixture
def values(created, suite, usdc, principal, payee, agent, now):
    """A right value for each parameter, by its name."""
    later = now() + 600
    authorization = Authorization.of(usdc.address, payee.address, 1, 6, later, Domain("USD Coin", "2"))
    signed = created.wallet.sign_action(agent, Pay(usdc.address, payee.address, 1), deadline=later)
    creation = suite.factory.prepare(suite.registry, created.mandate, principal, agent, "", bytes(32), later, 7)
    texts = dict.fromkeys(("wallet", "target", "principal", "agent_key", "new_principal", "account"), ADDRESS)
    return {
        **texts,
        **dict.fromkeys(("token", "pull_token"), usdc.address),
        **dict.fromkeys(("payee", "to", "subject", "issuer", "guardian", "owner", "holder", "sender"), payee.address),
        **dict.fromkeys(("signer", "agent", "caller"), agent),
        **dict.fromkeys(("amount", "value", "pull", "limit", "lifetime_limit"), 1),
        **dict.fromkeys(("slot", "nonce", "salt", "subkey", "key", "nonce_key", "agent_id", "first_block", "epoch"), 0),
        **dict.fromkeys(("min_gas", "variant"), 0),
        **dict.fromkeys(("deadline", "asked_at", "valid_before"), later),
        **dict.fromkeys(("signature", "principal_signature", "agent_signature", "wallet_signature"), b"\1" * 65),
        **dict.fromkeys(("digest", "statement_hash", "schema", "credential_id"), bytes(32)),
        **dict.fromkeys(("currency", "name", "budget"), "USD"),
        "action": Pay(usdc.address, payee.address, 1),
        "act.action": signed,
        "authorization": authorization,
        "authorizations": [authorization],
        "call": WalletCall(usdc.address),
        "calls": [WalletCall(usdc.address)],
        "payments": [Pay(usdc.address, payee.address, 1)],
        "credential": Credential(payee.address, payee.address, b"\1" * 32, bytes(32), 0, later),
        "creation": creation,
        "data": b"\1\2\3\4",
        "domain": Domain("USD Coin", "2"),
        "factory": suite.factory,
        "kind": OrderKind.PAUSE,
        "mandate": created.mandate,
        "operation": UserOperation(ADDRESS, 0, b""),
        "order": Order(OrderKind.PAUSE, payee.address, ADDRESS, 0, payee.address, 0, b"\1" * 65),
        "registry": suite.registry,
        "request": Request(usdc.address, payee.address, 1, later),
        "terms": GasTerms(),
        "trusted_issuers": [payee.address],
        **dict.fromkeys(("agent_uri", "uri", "statement"), ""),
        "delay": HOUR,
        "interval": HOUR,
        "windows": WINDOWS,
    }


@pytest.fixture
def subjects(created, suite, web3, deploy, principal, relayer):
    """An object of each class."""
    contract = deploy("PrincipalPaymaster", suite.factory.address, principal.address)
    fleet = deploy("FleetBudget", suite.factory.address, principal.address)
    before = web3.provider
    options = SendOptions()
    configure_sending(web3, patience=0, timeout=0.2)
    yield {
        AgentWallet: created.wallet,
        AgentWalletFactory: suite.factory,
        AgentRegistry: suite.registry,
        RevocationSwitch: suite.switch,
        CredentialRegistry: suite.credentials,
        FleetBudget: FleetBudget(web3, fleet.address),
        PrincipalPaymaster: PrincipalPaymaster(web3, contract.address),
        EntryPoint: EntryPoint(web3, ENTRY_POINT),
        SelfBundler: SelfBundler(web3, relayer),
        Agent: Agent(created.wallet.address, created.agent, suite),
        Principal: Principal(principal, suite),
    }
    assert web3.provider is before
    configure_sending(web3, patience=options.patience, timeout=options.timeout)


def methods(kind):
    """The public methods of a class that are its own, not those of every contract."""
    for name, member in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_") and name not in GENERAL | NOT_ASKED:
            yield name, member


def attempts(kind, values):
    """Each method with each wrong value in each of its parameters, and right values in the others."""
    for name, method in methods(kind):
        listed = inspect.signature(method).parameters.values()
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        parameters = [each.name for each in listed if each.name != "self" and each.kind not in several]
        right = {each: values.get(f"{name}.{each}", values.get(each)) for each in parameters}
        for parameter in parameters:
            for wrong in WRONG:
                yield name, parameter, wrong, {**right, parameter: WRONG[wrong]}


KINDS = [
    AgentWallet,
    AgentWalletFactory,
    AgentRegistry,
    RevocationSwitch,
    CredentialRegistry,
    FleetBudget,
    PrincipalPaymaster,
    EntryPoint,
    SelfBundler,
    Agent,
    Principal,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_wrong_argument_of_a_method_raises_an_error_of_the_package(kind, subjects, values, web3):
    foreign = {}
    for name, parameter, wrong, arguments in attempts(kind, values):
        try:
            getattr(subjects[kind], name)(**arguments)
        except PeculiumError as error:
            # 32 bytes in place of a hash are none of a key.
            if wrong != "key as bytes" and "5ec4e75ec4e7" in f"{error} {error!r} {error.as_dict()}":
                foreign.setdefault(f"{name}({parameter}={wrong})", f"shows the key: {error}")
            continue
        except Exception as error:
            foreign.setdefault(f"{name}({parameter}={wrong})", f"{type(error).__name__}: {error}"[:100])
    assert not foreign, "\n" + "\n".join(f"{call}: {error}" for call, error in foreign.items())


PARTS = {
    Budget: lambda: BUDGET,
    CallRule: lambda: CallRule(ADDRESS, "f(uint256)", token=ADDRESS, max_calls=1, window=HOUR),
    ChequeBook: lambda: ChequeBook(ADDRESS, 1, 1, HOUR),
    Floor: lambda: Floor(ADDRESS, 1, 1),
    GasTerms: GasTerms,
    LimitedPayee: lambda: LimitedPayee(ADDRESS, 1),
    Mandate: lambda: Mandate(ADDRESS, "0x" + "22" * 20, 1, 2, [BUDGET]),
    Token: lambda: Token(ADDRESS, 6),
    Window: lambda: Window(HOUR, 1),
    Pay: lambda: Pay(ADDRESS, ADDRESS, 1),
    PayBatch: lambda: PayBatch([Pay(ADDRESS, ADDRESS, 1)]),
    Call: lambda: Call(ADDRESS, b"\1" * 4),
    Request: lambda: Request(ADDRESS, ADDRESS, 1, 1),
    CallRequest: lambda: CallRequest(ADDRESS, b"", 1),
    WalletCall: lambda: WalletCall(ADDRESS),
    Authorization: lambda: Authorization(ADDRESS, ADDRESS, 1, 1, Domain("", "")),
    Credential: lambda: Credential(ADDRESS, ADDRESS, bytes(32), bytes(32), 1, 2),
}


class Whole:
    """Decimals of every token."""

    def token_decimals(self, token):
        return 6

    def pull_decimals(self, target, data, variant):
        return 6


def use(part):
    """Encodes a part, as it is before it is sent."""
    if isinstance(part, Mandate):
        part.check()
        part.as_tuple()
    elif hasattr(part, "arguments") and callable(part.arguments):
        part.arguments(Whole())
    elif isinstance(part, Request | CallRequest):
        part.as_tuple(6)
    elif hasattr(part, "as_tuple"):
        part.as_tuple()


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
def test_wrong_field_raises_an_error_of_the_package(kind):
    right, foreign = PARTS[kind](), {}
    use(right)
    for name in (each.name for each in fields(right) if each.init):
        for wrong, value in WRONG.items():
            try:
                use(replace(right, **{name: value}))
            except PeculiumError:
                continue
            except Exception as error:
                foreign[f"{name}={wrong}"] = repr(error)[:100]
    assert not foreign, "\n" + "\n".join(f"{call}: {error}" for call, error in foreign.items())


CONTAINERS = {
    "windows is a Window. Pass a list": lambda: replace(BUDGET, windows=Window(HOUR, 1)),
    "A member of tokens is '0x1111": lambda: replace(BUDGET, tokens=[ADDRESS]),
    "payees is '0x1111": lambda: replace(BUDGET, payees=ADDRESS),
    "budgets is a Budget. Pass a list": lambda: Mandate(ADDRESS, ADDRESS, 1, 2, BUDGET),
    "calls is a CallRule. Pass a list": lambda: Mandate(ADDRESS, ADDRESS, 1, 2, [BUDGET], calls=PARTS[CallRule]()),
    "slot is 'a', a str. Pass an int": lambda: RequestPayment("a", PARTS[Request]()),
    "payee is a LocalAccount. Pass its address: payee.address": lambda: Pay(ADDRESS, Account.create(), 1),
}


@pytest.mark.parametrize("message", CONTAINERS)
def test_wrong_container_says_what_to_pass(message):
    with pytest.raises(InvalidInput, match=message):
        CONTAINERS[message]()

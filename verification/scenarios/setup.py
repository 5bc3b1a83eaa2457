"""Deploys the contracts that every scenario uses, and builds the model in the same state."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from web3 import HTTPProvider
from web3.types import RPCEndpoint

from peculium import send_transaction
from peculium.contract import load_abi
from peculium.devnet.anvil import run_anvil
from peculium.devnet.artifacts import artifact
from peculium.devnet.devnet import Devnet
from peculium.devnet.entry_point import deploy_entry_point
from peculium.mandate import NATIVE as NATIVE_ADDRESS
from peculium.mandate import ZERO_ADDRESS
from peculium.operations import ENTRY_POINT, EntryPoint
from verification.scenarios.chain.codec import Codec
from verification.scenarios.chain.driver import Driver
from verification.scenarios.chain.signing import Hasher, key_of, secrets_of
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.fixtures import (
    ACCOUNTS,
    ADVERSARIAL_TOKENS,
    AGENT_KEYS,
    ALL_WALLETS,
    DELEGATED,
    FILLER_PAYEES,
    FLEET_BUDGETS,
    INITIAL_BALANCE,
    OWNERS,
    PRINCIPALS,
    REGISTRY_DOMAIN,
    START,
    STATEMENT,
    TOKENS,
    URI,
    WALLETS,
    Fixtures,
)
from verification.scenarios.model.calls import TARGETS
from verification.scenarios.model.fleet import FLEET
from verification.scenarios.model.guards import MOODY, RESERVED
from verification.scenarios.model.mandate_check import FORBIDDEN, Directory
from verification.scenarios.model.paymaster import PAYMASTER
from verification.scenarios.model.registry import NO_HASH, NOBODY, Agent, Signatures
from verification.scenarios.model.terms import NATIVE
from verification.scenarios.model.tokens import HOSTILE_TOKENS, SHORT_RETURN, TRUE
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.model.world import World
from verification.scenarios.trace import Trace

DAY = 86_400
SUITE = (
    "AgentWallet",
    "RevocationSwitch",
    "AgentWalletFactory",
    "MandateWriter",
)
MOCKS = (
    "MockStablecoin",
    "MockUSDC",
    "MockUSDT",
    "MockVault",
    "MockVenue",
    "MockPayee",
    *ADVERSARIAL_TOKENS.values(),
    "MoodyGuard",
)
OTHER_ABI: list[dict[str, Any]] = [
    # Two functions of `MockTarget`, which accepts any call, and Solidity's built-in errors.
    {
        "type": "function",
        "name": "note",
        "inputs": [{"name": "who", "type": "address"}, {"name": "what", "type": "uint256"}],
    },
    {
        "type": "function",
        "name": "store",
        "inputs": [{"name": "content", "type": "bytes"}, {"name": "numbers", "type": "uint256[]"}],
    },
    {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
]
FORWARDERS = {
    "multicall": "0xcA11bde05977b3631167028862bE2a173976CA11",
    "permit2": "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    "create2 deployer": "0x4e59b44847b379578588920cA78FbF26c0B4956C",
}
HIGH_ADDRESSES = {"dai": f"0x{2**160 - 16:040x}"}
"""Tokens whose address is above the placeholder of the native currency; the order of addresses matters in a mandate."""
DEPOSIT = 10_000
"""Ether that each wallet and the paymaster have at the EntryPoint: enough for every scenario."""
SHAPES = (10, 187, 18, 31)
"""The shape of each wallet's first mandate."""
GUARDS = {"wallet 1": FLEET}
"""The guards of first mandates."""


@contextmanager
def deploy_fixtures(driver: type[Driver] = Simulator) -> Iterator[Fixtures]:
    """Starts a chain, deploys everything that a scenario uses, and connects a driver to it."""
    with run_anvil(START, *driver.OPTIONS) as web3:
        devnet = Devnet(web3)
        deploy_entry_point(web3, devnet.role("deployer"))
        addresses = _deploy(devnet)
        codec, secrets = Codec(addresses, _abis()), secrets_of(dict.fromkeys(ACCOUNTS))
        provider = web3.provider
        assert isinstance(provider, HTTPProvider)
        connected = driver(int(str(provider.endpoint_uri).rpartition(":")[2]))
        fixtures = Fixtures(codec, Hasher(codec, web3.eth.chain_id), connected, secrets)
        _set_fleet_budgets(devnet, fixtures)
        for number, name in enumerate(WALLETS):
            _create_wallet(devnet, fixtures, number, name)
        for name in (*ALL_WALLETS, "venue"):
            _fund(devnet, fixtures, name)
        for name in ALL_WALLETS:
            EntryPoint(web3, ENTRY_POINT).deposit_to(devnet.role("relayer"), codec.addresses[name], DEPOSIT)
        connected.connect(secrets, codec.addresses)
        # Collections would visit all of these long-lived objects again and take a third of the time.
        gc.freeze()
        try:
            yield fixtures
        finally:
            gc.unfreeze()


def _abis() -> dict[str, list[dict[str, Any]]]:
    # The registry comes last: its ERC-721 events share their names with those of ERC-20.
    abis = {name: load_abi(name) for name in SUITE} | {name: artifact(name).abi for name in MOCKS}
    abis |= {name: load_abi(name) for name in ("PrincipalPaymaster", "FleetBudget")}
    return abis | {"AgentRegistry": load_abi("AgentRegistry"), "EntryPoint": load_abi("EntryPoint"), "": OTHER_ABI}


def _deploy(devnet: Devnet) -> dict[str, str]:
    """Deploys all contracts except the wallets; returns the address of every name."""
    addresses = {name: key_of(name)[1] for name in ACCOUNTS} | {NOBODY: ZERO_ADDRESS, NATIVE: NATIVE_ADDRESS}
    addresses |= {**FORWARDERS, "last": f"0x{2**160 - 1:040x}", "issuer": devnet.role("deployer").address}
    addresses |= {name: f"0x{2**100 + i:040x}" for i, name in enumerate(FILLER_PAYEES)}
    addresses |= {name: _deploy_token(devnet, name, decimals) for name, decimals in TOKENS.items()}
    for name, mock in {"vault": "MockVault", "target": "MockTarget", "venue": "MockVenue", "shop": "MockPayee"}.items():
        addresses[name] = devnet.deploy(mock).address
    for name, owner in OWNERS.items():
        addresses[name] = devnet.deploy("MockContractPrincipal", addresses[owner]).address
    for name in DELEGATED:
        _rpc(devnet, "anvil_setCode", addresses[name], "0xef0100" + addresses["target"][2:].lower())
    suite = devnet.suite
    addresses |= {"registry": suite.registry.address, "switch": suite.switch.address, "factory": suite.factory.address}
    addresses |= {"entry point": ENTRY_POINT}
    wallet = suite.wallet(str(suite.factory.read("IMPLEMENTATION")))
    addresses["implementation"] = str(wallet.address)
    for part in ("writer", "mandate module", "powers module", "views module"):
        addresses[part] = str(wallet.read(part.upper().replace(" ", "_")))
    addresses[PAYMASTER] = devnet.deploy("PrincipalPaymaster", suite.factory.address, addresses["principal"]).address
    EntryPoint(devnet.web3, ENTRY_POINT).deposit_to(devnet.role("relayer"), addresses[PAYMASTER], DEPOSIT)
    addresses[FLEET] = devnet.deploy("FleetBudget", suite.factory.address, addresses["principal"]).address
    addresses[MOODY] = devnet.deploy("MoodyGuard", suite.switch.address).address
    for number, (name, (principal, key)) in enumerate(ALL_WALLETS.items()):
        addresses[name] = suite.factory.wallet_address(
            addresses[PRINCIPALS[principal]], addresses[AGENT_KEYS[key]], number
        )
    return addresses


def _deploy_token(devnet: Devnet, name: str, decimals: int) -> str:
    """Deploys a token that behaves well until a scenario changes it; returns its address."""
    deployer = devnet.role("deployer")
    arguments: dict[str, tuple[Any, ...]] = {
        "usdc": ("MockUSDC", deployer.address, deployer.address),
        "usdt": ("MockUSDT",),
        **{token: (mock,) for token, mock in ADVERSARIAL_TOKENS.items()},
    }
    contract = devnet.deploy(*arguments.get(name, ("MockStablecoin", name, name, decimals)))
    if name in HOSTILE_TOKENS:
        contract.send(deployer, "setHostile", False)
    elif name == SHORT_RETURN:
        contract.send(deployer, "setAnswer", TRUE)
    if name not in HIGH_ADDRESSES:
        return str(contract.address)
    # Copying the code is enough: balances and decimals do not depend on what the constructor wrote.
    code = devnet.web3.eth.get_code(to_checksum_address(contract.address))
    _rpc(devnet, "anvil_setCode", HIGH_ADDRESSES[name], code.to_0x_hex())
    return HIGH_ADDRESSES[name]


def _rpc(devnet: Devnet, method: str, *arguments: Any) -> None:
    devnet.web3.provider.make_request(RPCEndpoint(method), list(arguments))


def _set_fleet_budgets(devnet: Devnet, fixtures: Fixtures) -> None:
    """The principal sets the initial budgets of its fleet."""
    signer: LocalAccount = Account.from_key(fixtures.secrets["principal"].to_bytes(32))
    _rpc(devnet, "anvil_setBalance", signer.address, hex(10**18))
    for currency, (decimals, lifetime, windows) in FLEET_BUDGETS.items():
        data = fixtures.codec.call_data("setBudget", currency, decimals, lifetime, list(windows))
        send_transaction(devnet.web3, signer, fixtures.codec.addresses[FLEET], "0x" + data.hex())
    _rpc(devnet, "anvil_setBalance", signer.address, hex(0))


def _create_wallet(devnet: Devnet, fixtures: Fixtures, number: int, wallet: str) -> None:
    """Creates a wallet with its first mandate."""
    principal, key = (names[i] for names, i in zip((PRINCIPALS, AGENT_KEYS), WALLETS[wallet], strict=True))
    trace = Trace(fixtures, World(START, directory(fixtures), fixtures.cheque_nonce))
    terms, argument = trace.mandate(
        SHAPES[number],
        principal=principal,
        epoch=0,
        key=key,
        start=START,
        end=START + 60 * DAY,
        round_=0,
        guard=GUARDS.get(wallet, NOBODY),
    )
    digest = trace.digest(wallet, terms.hash)
    deadline = START + DAY
    enrollment = fixtures.hasher.struct("AgentEnrollment", principal, wallet, URI, STATEMENT, 0, deadline)
    acceptance = fixtures.hasher.digest(REGISTRY_DOMAIN, "registry", enrollment)
    signatures = [
        fixtures.sign(who, each) for who, each in ((principal, acceptance), (principal, digest), (key, digest))
    ]
    data = trace.data("createAgent", argument, number, (URI, STATEMENT, deadline, *signatures))
    relayer = devnet.role("relayer")
    send_transaction(devnet.web3, relayer, devnet.suite.factory.address, "0x" + data.hex())
    fixtures.mandates[wallet] = terms


def _fund(devnet: Devnet, fixtures: Fixtures, holder: str) -> None:
    """Gives an account the initial balance in every token and in native currency."""
    addresses, relayer = fixtures.codec.addresses, devnet.role("relayer")
    for token, decimals in TOKENS.items():
        mint = fixtures.codec.call_data("mint", holder, INITIAL_BALANCE * 10**decimals)
        send_transaction(devnet.web3, relayer, addresses[token], "0x" + mint.hex())
    _rpc(devnet, "anvil_setBalance", addresses[holder], hex(INITIAL_BALANCE * 10**18))


def directory(fixtures: Fixtures) -> Directory:
    """Which names have code, the order of addresses, and which functions are reserved."""
    code = {*FORBIDDEN, *WALLETS, *OWNERS, *TOKENS, *TARGETS, "shop", "create2 deployer", FLEET, MOODY}
    reserved = frozenset(fixtures.codec.functions[name].id for name in RESERVED)
    return Directory(frozenset(code), fixtures.codec.words.__getitem__, reserved)


def initial_world(fixtures: Fixtures) -> World:
    """The model in the state that every scenario starts from: four wallets with a mandate and balances."""
    world = World(START, directory(fixtures), fixtures.cheque_nonce)
    suite = world.suite
    for currency, (decimals, lifetime, windows) in FLEET_BUDGETS.items():
        world.fleet.set_budget(world.fleet.principal, currency, decimals, lifetime, windows)
    suite.bank.receipt_events = {"shop": "PaymentReceived"} | dict.fromkeys(WALLETS, "Received")
    suite.bank.refusing = {*TOKENS, "vault"}
    suite.bank.decimals = {**TOKENS, NATIVE: 18}
    for number, (name, (principal, _)) in enumerate(WALLETS.items()):
        terms = fixtures.mandates[name]
        wallet = Wallet(name, suite, PRINCIPALS[principal])
        world.wallets[name] = wallet
        suite.registry.agents[number] = Agent(wallet.principal, wallet.principal, 0, name, 0, 0, NO_HASH, 0)
        wallet.install(terms)
        suite.registry.anchor_mandate(name, number, terms, Signatures(True, True, b""), START)
    for token, decimals in suite.bank.decimals.items():
        for name in (*ALL_WALLETS, "venue"):
            suite.bank.balances[token, name] = INITIAL_BALANCE * 10**decimals
    suite.now = START + DAY
    return world

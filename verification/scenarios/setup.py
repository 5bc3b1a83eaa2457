"""The chain that every story begins on, and the same beginning in the model."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
from verification.scenarios.chain.signing import Hasher, key_of, secrets_of
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.fixtures import (
    ACCOUNTS,
    CROWD,
    KEYS,
    OWNERS,
    PRINCIPALS,
    REGISTRY_DOMAIN,
    START,
    STATEMENT,
    TOKENS,
    URI,
    VICES,
    WALLETS,
    WHOLE,
    Cast,
)
from verification.scenarios.model.granting import FORBIDDEN, Places
from verification.scenarios.model.paymaster import PAYMASTER
from verification.scenarios.model.registry import NO_HASH, NOBODY, Agent
from verification.scenarios.model.terms import NATIVE, Terms
from verification.scenarios.model.tokens import LIARS, TERSE, TRUE
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.model.world import World
from verification.scenarios.trace import Play

DAY = 86_400
SUITE = (
    "AgentWallet",
    "PowersModule",
    "MandateModule",
    "RevocationSwitch",
    "AgentWalletFactory",
    "MandateWriter",
)
DOUBLES = ("MockStablecoin", "MockUSDC", "MockUSDT", "MockVault", "MockPayee", *VICES.values())
OTHER_ABI: list[dict[str, Any]] = [
    # What any target takes that takes everything, and the errors that the language itself has.
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
HIGH = {"dai": f"0x{2**160 - 16:040x}"}
"""Where a token stands behind the name of the native currency, as addresses are ordered."""
DEPOSIT = 10_000
"""Ether that every wallet has at the EntryPoint, and the paymaster too: always enough."""
SHAPES = (10, 14, 18, 31)
"""The first mandate of each wallet."""


@contextmanager
def own_cast(chain: type[Simulator | Transactions] = Simulator) -> Iterator[Cast]:
    """A chain of one's own with everybody on it, and the way in which it is told stories."""
    with run_anvil(START, *chain.OPTIONS) as web3:
        devnet = Devnet(web3)
        deploy_entry_point(web3, devnet.role("deployer"))
        addresses = _addresses(devnet)
        codec = Codec(addresses, _abis())
        simulator = chain(int(web3.provider.endpoint_uri.rpartition(":")[2]))  # type: ignore[attr-defined]
        cast = Cast(codec, Hasher(codec, web3.eth.chain_id), simulator, secrets_of(dict.fromkeys(ACCOUNTS)))
        for number, name in enumerate(WALLETS):
            _create(devnet, cast, number, name)
        # All that was loaded until here lives on: a third of the time went into looking whether it still does.
        gc.freeze()
        try:
            yield cast
        finally:
            gc.unfreeze()


def _abis() -> dict[str, list[dict[str, Any]]]:
    # The registry last: its events of ERC-721 have the names of those of ERC-20.
    abis = {name: load_abi(name) for name in SUITE} | {name: artifact(name).abi for name in DOUBLES}
    abis["PrincipalPaymaster"] = load_abi("PrincipalPaymaster")
    return abis | {"AgentRegistry": load_abi("AgentRegistry"), "EntryPoint": load_abi("EntryPoint"), "": OTHER_ABI}


def _addresses(devnet: Devnet) -> dict[str, str]:
    addresses = {name: key_of(name)[1] for name in ACCOUNTS} | {NOBODY: ZERO_ADDRESS, NATIVE: NATIVE_ADDRESS}
    addresses |= {**FORWARDERS, "last": f"0x{2**160 - 1:040x}"} | {
        name: f"0x{2**100 + i:040x}" for i, name in enumerate(CROWD)
    }
    deployer = devnet.role("deployer").address
    addresses["issuer"] = deployer
    special = {"usdc": ("MockUSDC", deployer, deployer), "usdt": ("MockUSDT",)}
    special |= {name: (double,) for name, double in VICES.items()}
    for name, decimals in TOKENS.items():
        contract = devnet.deploy(*special.get(name, ("MockStablecoin", name, name, decimals)))
        addresses[name] = HIGH.get(name) or contract.address
        if name in LIARS:
            contract.send(devnet.role("deployer"), "setHostile", False)
        elif name == TERSE:
            contract.send(devnet.role("deployer"), "setAnswer", TRUE)
        if name in HIGH:
            # What tells decimals and keeps balances needs nothing of what its constructor wrote.
            code = devnet.web3.eth.get_code(contract.address).to_0x_hex()  # type: ignore[arg-type]
            devnet.web3.provider.make_request("anvil_setCode", [HIGH[name], code])
    for name, double in {"vault": "MockVault", "target": "MockTarget", "shop": "MockPayee"}.items():
        addresses[name] = devnet.deploy(double).address
    for name, owner in OWNERS.items():
        addresses[name] = devnet.deploy("MockContractPrincipal", addresses[owner]).address
    suite = devnet.suite
    implementation = str(suite.factory.read("IMPLEMENTATION"))
    addresses |= {"registry": suite.registry.address, "switch": suite.switch.address, "factory": suite.factory.address}
    addresses |= {"entry point": ENTRY_POINT}
    wallet = suite.wallet(implementation)
    addresses |= {"writer": str(wallet.read("WRITER")), "powers module": str(wallet.read("POWERS_MODULE"))}
    addresses[PAYMASTER] = devnet.deploy("PrincipalPaymaster", suite.factory.address, addresses["principal"]).address
    EntryPoint(devnet.web3, ENTRY_POINT).deposit_to(devnet.role("relayer"), addresses[PAYMASTER], DEPOSIT)
    for number, (name, (principal, key)) in enumerate(WALLETS.items()):
        addresses[name] = suite.factory.wallet_address(addresses[PRINCIPALS[principal]], addresses[KEYS[key]], number)
    return addresses


def _create(devnet: Devnet, cast: Cast, number: int, wallet: str) -> None:
    principal, key = (names[i] for names, i in zip((PRINCIPALS, KEYS), WALLETS[wallet], strict=True))
    play = Play(cast, World(START, places(cast)))
    terms, argument = play.mandate(
        SHAPES[number], principal=principal, epoch=0, key=key, start=START, end=START + 60 * DAY, replaces=NO_HASH
    )
    digest = play.digest(wallet, terms.hash)
    deadline = START + DAY
    enrollment = cast.hasher.struct("AgentEnrollment", principal, wallet, URI, STATEMENT, 0, deadline)
    acceptance = cast.hasher.digest(REGISTRY_DOMAIN, "registry", enrollment)
    signatures = [cast.sign(who, each) for who, each in ((principal, acceptance), (principal, digest), (key, digest))]
    data = play.data("createAgent", argument, number, (URI, STATEMENT, deadline, *signatures))
    relayer = devnet.role("relayer")
    send_transaction(devnet.web3, relayer, devnet.suite.factory.address, "0x" + data.hex())
    address = cast.codec.addresses[wallet]
    for token, decimals in TOKENS.items():
        mint = play.data("mint", wallet, WHOLE * 10**decimals)
        send_transaction(devnet.web3, relayer, cast.codec.addresses[token], "0x" + mint.hex())
    devnet.web3.provider.make_request("anvil_setBalance", [address, hex(WHOLE * 10**18)])
    EntryPoint(devnet.web3, ENTRY_POINT).deposit_to(relayer, address, DEPOSIT)
    cast.mandates[wallet] = terms


def places(cast: Cast) -> Places:
    """What a mandate may name."""
    code = {*FORBIDDEN, *WALLETS, *OWNERS, *TOKENS, "vault", "target", "shop", "create2 deployer"}
    return Places(frozenset(code), cast.codec.words.__getitem__)


def beginning(cast: Cast) -> World:
    """The model as every story begins: four wallets, each with a mandate and money."""
    world = World(START, places(cast))
    suite = world.suite
    suite.bank.thanks = {"shop": "PaymentReceived"} | dict.fromkeys(WALLETS, "Received")
    suite.bank.refusing = {*TOKENS, "vault"}
    suite.bank.decimals = {**TOKENS, NATIVE: 18}
    for number, (name, (principal, _)) in enumerate(WALLETS.items()):
        terms: Terms = cast.mandates[name]
        wallet = Wallet(name, suite, PRINCIPALS[principal], 0, number)
        world.wallets[name] = wallet
        suite.registry.agents[number] = Agent(wallet.principal, wallet.principal, 0, name, 0, 0, NO_HASH, 0)
        wallet.install(terms)
        suite.registry.anchor(number, terms, True, b"", START)
        for token, decimals in suite.bank.decimals.items():
            suite.bank.balances[token, name] = WHOLE * 10**decimals
    suite.now = START + DAY
    return world

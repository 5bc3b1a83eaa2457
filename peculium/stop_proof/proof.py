"""Tries every way out of a wallet that its mandate has opened."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hexbytes import HexBytes

from peculium.authorizations import HeldAuthorization
from peculium.batch import Batch
from peculium.contract import Read, read_all
from peculium.errors import ContractError, NoMandate
from peculium.lookup import Lookup
from peculium.mandate import NATIVE, Mandate
from peculium.overview import read_overview
from peculium.overview.reader import installed_mandate
from peculium.stop_proof.way import StopProof, Way
from peculium.stop_proof.ways import Ground, tries_of
from peculium.token import ERC20, authorization_state_data
from peculium.units import from_base_units, to_timestamp
from peculium.wallet import AgentWallet, PendingRequest, Remaining


def prove_stopped(wallet: AgentWallet, names: Mapping[str, str] | None = None) -> StopProof:
    """Tries every way out of a wallet by simulation: payments, relays, user operations, calls, requests, authorizations, cheques.

    Nothing is sent. Of each way it says what gets out: zero everywhere after a stop. The node must be able to simulate with
    other code at an address (state overrides of `eth_call`); a way that it can't simulate is reported as not tried. What the
    principal does itself, such as a withdrawal, is no way out. `names` are addresses by name.

    Raises `WrongContract` if the address isn't a wallet.
    """
    overview = read_overview(wallet.node, wallet, names)
    (last, entry_point), _ = read_all(wallet.node, [Read(wallet, "lastMandateHash"), Read(wallet, "ENTRY_POINT")])
    ways: tuple[Way, ...] = ()
    if any(last):
        mandate = installed_mandate(wallet, bytes(last))
        lookup = Lookup(wallet, names)
        held = tuple(wallet.held_authorizations())
        ground = Ground(
            wallet=wallet,
            mandate=mandate,
            lookup=lookup,
            principal=overview.principal,
            entry_point=entry_point,
            now=to_timestamp(overview.time),
            requests=_requests(wallet),
            authorizations=held,
            **_money(wallet, mandate, held),
        )
        lookup.learn(token.address for budget in mandate.budgets for token in budget.tokens)
        batch = Batch(wallet.node)
        tries = list(tries_of(ground, batch))
        batch.run()
        ways = tuple(each.way() for each in tries)
    return StopProof(wallet.address, overview.block, overview.time, overview.state, ways)


def _requests(wallet: AgentWallet) -> tuple[PendingRequest, ...]:
    try:
        return tuple(wallet.pending_requests())
    except NoMandate:
        # Without a mandate no slot exists.
        return ()


def _money(wallet: AgentWallet, mandate: Mandate, held: tuple[HeldAuthorization, ...]) -> dict[str, Any]:
    batch = Batch(wallet.node)
    left = {each.currency: (each, batch.read(wallet, "remaining", each.currency)) for each in mandate.budgets}
    tokens = [token for budget in mandate.budgets for token in budget.tokens]
    balances = [
        batch.ask("eth_getBalance", wallet.address, "latest")
        if token.address == NATIVE
        else batch.read(ERC20(wallet.web3, token.address), "balanceOf", wallet.address)
        for token in tokens
    ]
    states = [
        batch.ask("eth_call", {"to": each.struct["token"], "data": _state(wallet, each)}, "latest") for each in held
    ]
    batch.run()
    found: dict[str, Decimal] = {}
    for token, answer in zip(tokens, balances, strict=True):
        if answer.refusal is None:
            units = int(answer.value, 16) if token.address == NATIVE else int(answer.value)
            found[token.address] = from_base_units(units, token.decimals)
    used = {
        each.digest: answer.refusal is None and int.from_bytes(HexBytes(answer.value)) == 1
        for each, answer in zip(held, states, strict=True)
    }
    remaining = {
        currency: Remaining.of(answer.value, budget.decimals)
        for currency, (budget, answer) in left.items()
        if not isinstance(answer.refusal, ContractError)
    }
    return {"remaining": remaining, "balances": found, "used": used}


def _state(wallet: AgentWallet, held: HeldAuthorization) -> str:
    return authorization_state_data(wallet.address, held.struct["nonce"])

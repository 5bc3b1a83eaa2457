"""Authorizations that a wallet has charged: which are held, and how they are closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eth_utils import keccak

from peculium.authorizations import Authorization, HeldAuthorization
from peculium.contract import Event, Receipt, Signer
from peculium.errors import AuthorizationUnknown, ContractError

if TYPE_CHECKING:
    from peculium.wallet.views import WalletViews


def held_authorizations(wallet: WalletViews, first_block: int) -> list[HeldAuthorization]:
    """Returns the authorizations made since `first_block` that aren't closed; see `AgentWallet.held_authorizations`."""
    events = wallet.events_of(("PaymentAuthorized", "AuthorizationClosed"), first_block)
    held: dict[tuple[bytes, bytes], HeldAuthorization] = {}
    unsure: set[bytes] = set()
    for event in events:
        digest = bytes(event.arguments["digest"])
        if event.name == "PaymentAuthorized":
            # One that was closed as unused can be made again.
            made = _held(event)
            held[made.currency, digest] = made
            continue
        keys = [key for key in held if key[1] == digest]
        # The event doesn't name the currency. Two can hold the same digest if the token has moved from one to the other.
        if len(keys) == 1:
            del held[keys[0]]
        elif keys:
            unsure.add(digest)
    return [each for (_, digest), each in held.items() if digest not in unsure or _is_held(wallet, each)]


def close_authorizations(
    wallet: WalletViews,
    signer: Signer,
    currency: str | bytes,
    authorizations: Sequence[Authorization | HeldAuthorization],
) -> Receipt:
    """Closes those that somebody else hasn't closed before; see `AgentWallet.close_authorizations`."""
    key = keccak(text=currency) if isinstance(currency, str) else currency
    chain_id = wallet.node.chain_id()
    left = {
        each.digest if isinstance(each, HeldAuthorization) else each.digest(wallet.address, chain_id): each
        for each in authorizations
    }
    while True:
        try:
            return wallet.send(signer, "closeAuthorizations", key, [each.as_tuple() for each in left.values()])
        except AuthorizationUnknown as error:
            # Anyone can close one. The contract would close none of the others.
            if left.pop(bytes(error.digest), None) is None or not left:
                raise


def _held(event: Event) -> HeldAuthorization:
    values = event.arguments
    currency, digest, ref = (bytes(values[name]) for name in ("currency", "digest", "ref"))
    return HeldAuthorization(currency, digest, values["charge"], ref, dict(values["authorization"]))


def _is_held(wallet: WalletViews, authorization: HeldAuthorization) -> bool:
    try:
        wallet.read("closeAuthorizations", authorization.currency, [authorization.as_tuple()])
    except AuthorizationUnknown:
        return False
    except ContractError:
        # It can still be settled.
        return True
    return True

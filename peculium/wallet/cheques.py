"""Cheques as the agent writes them, checked before they are handed out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from peculium.actions import AgentSigner, Authorization, Cheque, Domain, cheque_nonce, cheque_signature, sign_with
from peculium.contract import Signer
from peculium.exceptions import InvalidCheque, NotAgentKey, ZeroAmount, digits
from peculium.mandate import ZERO_HASH
from peculium.token import ERC20
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_timestamp, to_uint
from peculium.wallet.settlement import require_settleable

if TYPE_CHECKING:
    from peculium.wallet.views import WalletViews


def sign_cheque(
    wallet: WalletViews,
    agent: Signer | AgentSigner,
    token: str,
    payee: str,
    amount: Amount,
    domain: Domain,
    slot: int,
    now: datetime | int | None = None,
) -> Cheque:
    """Signs a cheque as `AgentWallet.write_cheque` does, but doesn't check that anybody takes it."""
    _, _, period, _ = wallet.read("chequeBook", to_address(token))
    moment = wallet.node.timestamp() if now is None else to_timestamp(now)
    index = moment // period
    nonce = cheque_nonce(wallet.address, token, wallet.mandate_hash, index, to_uint(slot, 256, "slot"))
    units = to_base_units(amount, wallet.token_decimals(token))
    authorization = Authorization(token, payee, units, (index + 1) * period, domain, nonce)
    signature = sign_with(agent, authorization.typed_data(wallet.address, wallet.node.chain_id()))
    return Cheque(authorization, slot, cheque_signature(authorization, slot, signature))


def require_valid(wallet: WalletViews, agent: Signer | AgentSigner, cheque: Cheque, in_this_period: bool) -> None:
    """Raises an error if the wallet or the token doesn't take a cheque.

    `in_this_period` says whether it is valid now; the wallet can't be asked about the cheque of another period.
    """
    made = cheque.authorization
    if made.amount == 0:
        raise ZeroAmount()
    _require_in_book(wallet, cheque)
    if ERC20(wallet.web3, made.token).is_authorization_used(wallet.address, made.nonce):
        raise InvalidCheque(
            f"The cheque in slot {cheque.slot} of this period is settled already: its payee was paid.",
            "Don't pay again. Another payment takes another slot.",
        )
    agent_key = wallet.grant().agent_key
    if to_address(agent.address) != agent_key:
        raise NotAgentKey(agentKey=agent_key, caller=agent.address)
    digest = made.digest(wallet.address, wallet.node.chain_id())
    if in_this_period and not wallet.is_valid_signature(digest, cheque.signature):
        # What refuses a payment refuses a cheque as well: a payee that isn't listed, a stop, a limit.
        wallet.read("pay", made.token, made.payee, made.amount, ZERO_HASH, sender=agent.address)
        raise InvalidCheque(
            f"The wallet doesn't take the cheque to {made.payee}: the payee has terms of its own or is a stranger, which the "
            "cheque book excludes, or what was spent before leaves no room for cheques.",
            "Use pay instead.",
        )
    require_settleable(wallet, made)


def _require_in_book(wallet: WalletViews, cheque: Cheque) -> None:
    made = cheque.authorization
    count, limit, _, _ = wallet.read("chequeBook", made.token)
    if cheque.slot >= count:
        raise InvalidCheque(
            f"The cheque book has no slot {cheque.slot}: it has {count} cheques a period, numbered from 0.",
            "Use a free slot; see cheques_left.",
        )
    if wallet.read("chargeOf", made.token, made.amount) <= limit:
        return
    decimals = wallet.token_decimals(made.token)
    # One whole token is charged as one unit of the currency.
    largest = Decimal(limit) / wallet.read("chargeOf", made.token, 10**decimals)
    raise InvalidCheque(
        f"The cheque pays {digits(from_base_units(made.amount, decimals))} tokens; the cheque book allows {digits(largest)} a "
        "cheque.",
        "Pay less, check that the amount is in whole tokens, or use pay.",
    )

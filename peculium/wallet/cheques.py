"""Cheques as the agent writes them, checked before they are handed out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from hexbytes import HexBytes

from peculium.authorizations import Authorization, Domain
from peculium.batch import Batch
from peculium.cheques import Cheque, cheque_nonce, cheque_signature
from peculium.contract import Signer
from peculium.errors import InvalidCheque, InvalidInput, NotAgentKey, ZeroAmount, digits
from peculium.errors.text import date
from peculium.keys import AgentSigner, sign_with
from peculium.mandate import ZERO_HASH
from peculium.token import authorization_state_data
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
    valid_before: datetime | int | None = None,
) -> Cheque:
    """Signs a cheque as `AgentWallet.write_cheque` does, but doesn't check that anybody takes it."""
    batch = Batch(wallet.node)
    book, mandate_hash = batch.read(wallet, "chequeBook", to_address(token)), batch.read(wallet, "mandateHash")
    block = batch.ask("eth_getBlockByNumber", "latest", False)
    batch.run()
    _, _, period, _ = book.value
    moment = int(block.value["timestamp"], 16) if now is None else to_timestamp(now)
    index = moment // period
    end = _end(index * period, (index + 1) * period, valid_before)
    nonce = cheque_nonce(wallet.address, token, bytes(mandate_hash.value), index, to_uint(slot, 256, "slot"))
    units = to_base_units(amount, wallet.token_decimals(token))
    authorization = Authorization(token, payee, units, end, domain, nonce)
    signature = sign_with(agent, authorization.typed_data(wallet.address, wallet.node.chain_id()))
    return Cheque(authorization, slot, cheque_signature(authorization, slot, signature))


def _end(start: int, end: int, valid_before: datetime | int | None) -> int:
    # A cheque is valid in the period of its last second.
    if valid_before is None:
        return end
    wanted = to_timestamp(valid_before)
    if not start < wanted <= end:
        raise InvalidInput(
            f"The cheque would end at {date(wanted)}, outside of its period, which ends at {date(end)}. "
            "Pass an earlier valid_before, or write the cheque in the next period."
        )
    return wanted


def require_valid(wallet: WalletViews, agent: Signer | AgentSigner, cheque: Cheque, in_this_period: bool) -> None:
    """Raises an error if the wallet or the token doesn't take a cheque.

    `in_this_period` says whether it is valid now; the wallet can't be asked about the cheque of another period.
    """
    made = cheque.authorization
    if made.amount == 0:
        raise ZeroAmount()
    batch = Batch(wallet.node)
    book, charge = batch.read(wallet, "chequeBook", made.token), batch.read(wallet, "chargeOf", made.token, made.amount)
    whole = batch.read(wallet, "chargeOf", made.token, 10 ** wallet.token_decimals(made.token))
    used = batch.ask("eth_call", _state_call(wallet, made.token, made.nonce), "latest")
    grant = batch.read(wallet, "grant")
    batch.run()
    count, limit, _, _ = book.value
    _require_slot(cheque.slot, count)
    if charge.value > limit:
        raise _above_limit(wallet, made, Decimal(limit) / whole.value)
    if _is_used(used.value if used.refusal is None else "0x"):
        raise settled(cheque.slot)
    agent_key = grant.value[2]
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


def settled(slot: int) -> InvalidCheque:
    """Returns the error for a slot whose cheque was paid."""
    return InvalidCheque(
        f"The cheque in slot {slot} of this period is settled already: its payee was paid.",
        "Don't pay again. Another payment takes another slot.",
    )


def unused_slots(wallet: WalletViews, token: str, mandate_hash: bytes, period: int, slots: Iterable[int]) -> list[int]:
    """Returns those of these slots whose cheque of a period the token doesn't report as used. `period` is its number."""
    asked, batch = list(slots), Batch(wallet.node)
    nonces = (cheque_nonce(wallet.address, token, mandate_hash, period, slot) for slot in asked)
    answers = [batch.ask("eth_call", _state_call(wallet, token, nonce), "latest") for nonce in nonces]
    batch.run()
    return [slot for slot, answer in zip(asked, answers, strict=True) if not _is_used(answer.value)]


def _state_call(wallet: WalletViews, token: str, nonce: bytes) -> dict[str, str]:
    return {"to": to_address(token), "data": authorization_state_data(wallet.address, nonce)}


def _is_used(answer: str) -> bool:
    return int.from_bytes(HexBytes(answer)) == 1


def _require_slot(slot: int, count: int) -> None:
    if slot >= count:
        raise InvalidCheque(
            f"The cheque book has no slot {slot}: it has {count} cheques a period, numbered from 0.",
            "Use a free slot; see cheques_left.",
        )


def _above_limit(wallet: WalletViews, made: Authorization, largest: Decimal) -> InvalidCheque:
    # One whole token is charged as one unit of the currency.
    pays = digits(from_base_units(made.amount, wallet.token_decimals(made.token)))
    return InvalidCheque(
        f"The cheque pays {pays} tokens; the cheque book allows {digits(largest)} a cheque.",
        "Pay less, check that the amount is in whole tokens, or use pay.",
    )

"""The code of a wallet's mandate, which names its tokens, budgets and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peculium.chain.refusals import refusal_of_node
from peculium.chain.sender import no_contract
from peculium.contract import Read
from peculium.errors import ContractError, NodeRefused, WrongContract
from peculium.mandate import MandateCode

if TYPE_CHECKING:
    from peculium.wallet.views import WalletViews

HASH = "lastMandateHash"


def mandate_code(wallet: WalletViews) -> MandateCode:
    """Returns the code of the mandate that was installed last; empty if there was none.

    Raises `WrongContract` if the contract at the address is no wallet, and `NoContractHere` if there is none.
    """
    reads = [Read(wallet, HASH), Read(wallet, "mandatePointer")]
    answers = wallet.node.batch([read.request("latest") for read in reads])
    try:
        hash_, pointer = (view_of(wallet, read.function, answer) for read, answer in zip(reads, answers, strict=True))
    except WrongContract:
        if wallet.known_to_exist or wallet.node.code(wallet.address):
            raise
        raise no_contract(wallet.node, wallet.address) from None
    # Known by hash and not by address: after a reorganization of the chain another mandate can be at the address.
    if wallet.last_code is not None and wallet.last_code[0] == hash_:
        return wallet.last_code[1]
    code, again = wallet.node.batch([("eth_getCode", (pointer, "latest")), reads[0].request("latest")])
    if isinstance(code, NodeRefused):
        raise code
    found = MandateCode(bytes.fromhex(code[4:]))
    if view_of(wallet, HASH, again) == hash_:
        wallet.last_code = bytes(hash_), found
    return found


def view_of(wallet: WalletViews, function: str, answer: Any) -> Any:
    """Returns the result of a view without arguments that every wallet has. Raises `WrongContract` if it isn't any."""
    if not isinstance(answer, NodeRefused):
        return wallet.decode(function, (), answer)
    if isinstance(refusal_of_node(answer), ContractError):
        raise not_a_wallet(wallet)
    raise answer


def not_a_wallet(wallet: WalletViews) -> WrongContract:
    """Returns the error for a contract that has none of a wallet's views."""
    return WrongContract(
        f"The contract at {wallet.address} on chain {wallet.node.chain_id()} isn't an agent's wallet: it doesn't answer as one. "
        "Check address and chain; it may be the address of a token or of another contract."
    )

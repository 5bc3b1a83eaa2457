"""What an action or an approval can take from a wallet, read from the arguments of the call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils import to_checksum_address
from hexbytes import HexBytes

from peculium.mandate import NATIVE, ZERO_ADDRESS, MandateCode

if TYPE_CHECKING:
    from peculium.wallet.views import WalletViews

ACTIONS = ("pay", "payBatch", "call", "preauthorize", "act", "requestPayment", "requestCall")
"""The functions with which the agent moves money, calls others or asks for it."""
APPROVALS = ("approveRequest", "approveRequestSigned", "approveCall", "approveCallSigned")
"""The functions with which the principal lets a requested payment or call happen."""
WITHDRAWALS = ("withdraw", "withdrawAll", "execute", "executeBatch", "executeSigned")
"""The functions with which the principal moves its money itself."""


@dataclass(frozen=True)
class Outlay:
    """An amount of one token that leaves the wallet."""

    token: str
    """Its address, or `NATIVE`."""
    amount: int | None = None
    """Token base units; None if the arguments don't say it."""
    target: str = ""
    """Address of another contract that is called for it."""
    payment: Any = None
    """The payment of a batch."""


def outlays(wallet: WalletViews, code: MandateCode, function: str, arguments: Sequence[Any]) -> list[Outlay]:
    """Returns what a call of a wallet's function can take from it, in order."""
    return list(_outlays(wallet, code, function, arguments))


def _outlays(wallet: WalletViews, code: MandateCode, function: str, arguments: Sequence[Any]) -> Iterator[Outlay]:
    if function == "pay":
        yield _outlay(arguments[0], arguments[2])
    elif function == "payBatch":
        yield from (_outlay(each[0], each[2], payment=each) for each in arguments[0])
    elif function == "preauthorize":
        yield _outlay(arguments[0][1], arguments[0][3])
    elif function in ("withdraw", "withdrawAll"):
        yield _outlay(arguments[0], arguments[2] if function == "withdraw" else None)
    elif function.startswith(("requestPayment", "approveRequest")):
        yield _outlay(arguments[1][0], arguments[1][2])
    elif function.startswith(("requestCall", "approveCall")):
        target, value, _, token, pull, *_ = arguments[1]
        yield from _of_call(target, value, token if pull else None, pull)
    elif function == "call":
        target, variant, value, data, pull, *_ = arguments
        token = code.rule_token(target, bytes(HexBytes(data))[:4], variant)
        # Without a pull the amount is in the calldata.
        yield from _of_call(target, value, token, pull or None)
    elif function == "act":
        yield from _of_relay(wallet, code, *arguments[:2])
    elif function.startswith("execute"):
        calls = [arguments] if function == "execute" else arguments[0]
        yield from (_outlay(target, None) for target, *_ in calls)


def _of_call(target: str, value: int, token: str | None, amount: int | None) -> Iterator[Outlay]:
    # In the order in which the wallet charges.
    if value:
        yield _outlay(NATIVE, value, target)
    if token is not None:
        yield _outlay(token, amount, target)


def _of_relay(wallet: WalletViews, code: MandateCode, action: Any, relay: Any) -> Iterator[Outlay]:
    inner, values = wallet.decode_call(bytes(HexBytes(action)))
    yield from _outlays(wallet, code, inner, values) if inner in ACTIONS else ()
    if relay[1] != ZERO_ADDRESS:
        yield _outlay(relay[1], relay[2])


def _outlay(token: str, amount: int | None, target: str = "", payment: Any = None) -> Outlay:
    return Outlay(to_checksum_address(token), amount, to_checksum_address(target) if target else "", payment)

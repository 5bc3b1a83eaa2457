"""What a wallet's refusal means: amounts in whole units, when to try again, and whether the wallet itself has said it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address
from hexbytes import HexBytes
from web3.exceptions import Web3Exception

from peculium import exceptions as errors
from peculium.chain.refusals import refusal_of_node
from peculium.contract import Contract
from peculium.exceptions import ContractError, Unit, UnknownRevert
from peculium.foreign import in_own_words
from peculium.mandate import NATIVE, ZERO_ADDRESS, MandateCode
from peculium.token import ERC20
from peculium.wallet.currencies import name_of

if TYPE_CHECKING:
    from peculium.wallet.views import WalletViews

ACTIONS = ("pay", "payBatch", "call", "preauthorize", "act")
"""The functions that move money or call others within the mandate."""

_OWN = (
    errors.Stopped,
    errors.OverLimit,
    errors.NotListed,
    errors.MandateInactive,
    errors.NotAllowed,
    errors.InvalidSignature,
    errors.CallNotAllowed,
)
"""What the wallet says before it calls anybody, and what would mislead an agent if somebody else said it."""
_DEPENDS_ON_OTHERS = (errors.FloorMissed, errors.ApprovalStands, errors.MandateChanged, errors.TargetHasNoCode)
"""What the wallet says because of what a token or target did."""

_INERT = bytes.fromhex("60003560e01c63e94a0102141560005260206000f3")
"""EVM code that answers every call with one, and `authorizationState` with zero: a token or target without a will."""


@dataclass(frozen=True)
class Action:
    """An action of the agent, as far as a refusal depends on it."""

    tokens: tuple[str, ...]
    """Tokens that it can charge or move."""

    @classmethod
    def of(cls, wallet: WalletViews, code: MandateCode, function: str, arguments: Sequence[Any]) -> Action:
        """Reads it from the arguments of a contract call."""
        return cls(
            tuple(dict.fromkeys(to_checksum_address(each) for each in _tokens(wallet, code, function, arguments)))
        )


def explained(
    wallet: WalletViews, error: ContractError, function: str, arguments: Sequence[Any], sender: str | None
) -> ContractError:
    """Returns the exception for a refusal of an agent's action.

    That is `error` with its units and the time to try again, or `UnknownRevert` if not the wallet but a token or a target that
    it called has reverted with one of the wallet's errors. Never raises.
    """
    try:
        code = mandate_code(wallet)
        if not _says_it_itself(wallet, code, error, function, arguments, sender):
            return in_own_words(error)
        return _with_units(wallet, code, error, Action.of(wallet, code, function, arguments))
    except (errors.PeculiumError, Web3Exception, DecodingError):
        # What can't be read must not hide the refusal.
        return error


def mandate_code(wallet: WalletViews) -> MandateCode:
    """Returns the code of the mandate that was installed last; empty if there was none."""
    # Not cached by its address: after a reorganization of the chain another mandate can be there.
    pointer = Contract.read(wallet, "mandatePointer")
    return MandateCode(wallet.node.code(pointer)[1:])


def _says_it_itself(
    wallet: WalletViews,
    code: MandateCode,
    error: ContractError,
    function: str,
    arguments: Sequence[Any],
    sender: str | None,
) -> bool:
    if not isinstance(error, _OWN) or isinstance(error, _DEPENDS_ON_OTHERS):
        return isinstance(error, errors.TokenError | UnknownRevert) or _is_error_of(wallet, error)
    # The wallet says the same if tokens and targets do nothing. What it says because one of them has stopped the agent in
    # between isn't so any more: the revert has undone that. A contract that is the agent key still has to sign.
    others = [each for each in (*code.tokens(), *code.targets()) if each not in (NATIVE, *code.people())]
    override = {to_checksum_address(each): {"code": "0x" + _INERT.hex()} for each in others}
    transaction = {"to": to_checksum_address(wallet.address), "data": wallet.call_data(function, *arguments)}
    if sender is not None:
        transaction["from"] = to_checksum_address(sender)
    try:
        wallet.node.request("eth_call", transaction, "latest", override)
    except errors.NodeRefused as again:
        found = refusal_of_node(again)
        # If the node can't simulate with other code, the error is believed.
        return type(found) is type(error) or isinstance(found, UnknownRevert | errors.NodeRefused)
    return False


def _is_error_of(wallet: WalletViews, error: ContractError) -> bool:
    return any(entry["type"] == "error" and entry["name"] == type(error).__name__ for entry in wallet.abi)


def _with_units(wallet: WalletViews, code: MandateCode, error: ContractError, action: Action) -> ContractError:
    entries = [entry for token in action.tokens if (entry := code.token(token)) is not None]
    currencies = {entry.currency for entry in entries}
    name = None
    if len(currencies) == 1:
        # The error doesn't say which of several budgets refuses.
        name = name_of(entries[0].currency, wallet.currencies_seen())
        error.with_units(budget=Unit(wallet.token_decimals(entries[0].token) + entries[0].shift, name))
    if len(action.tokens) == 1 and ":token}" in error.template:
        error.with_units(token=_token_unit(wallet, action.tokens[0]))
    if isinstance(error, errors.WindowLimitExceeded) and name is not None:
        _set_retry(wallet, error, name)
    return error


def _token_unit(wallet: WalletViews, token: str) -> Unit:
    if token == NATIVE:
        return errors.NATIVE_UNIT
    # A token can call itself anything.
    return Unit(wallet.token_decimals(token), errors.clean(ERC20(wallet.web3, token).symbol)[:12])


def _set_retry(wallet: WalletViews, error: ContractError, currency: str) -> None:
    *_, windows = Contract.read(wallet, "remaining", currency)
    for length, limit, left, returns_at, returns in windows:
        if length != error.length:
            continue
        if error.charge > limit:
            error.retryable = False
        elif left + returns >= error.charge and returns_at:
            error.with_retry(returns_at)
        else:
            # Everything that counts now has left the window then.
            error.with_retry(wallet.node.timestamp() + length)


def _tokens(wallet: WalletViews, code: MandateCode, function: str, arguments: Sequence[Any]) -> Iterator[str]:
    if function == "pay":
        yield arguments[0]
    elif function == "payBatch":
        yield from (payment[0] for payment in arguments[0])
    elif function == "preauthorize":
        yield arguments[0][1]
    elif function == "call":
        target, variant, value, data, *_ = arguments
        token = code.rule_token(target, bytes(HexBytes(data))[:4], variant)
        yield from () if token is None else (token,)
        yield from (NATIVE,) if value else ()
    elif function == "act":
        action, relay, *_ = arguments
        inner, values = wallet.decode_call(bytes(HexBytes(action)))
        yield from _tokens(wallet, code, inner, values) if inner in ACTIONS else ()
        yield from (relay[1],) if relay[1] != ZERO_ADDRESS else ()

"""What a wallet's refusal means: amounts in whole units, when to try again, and whether the wallet itself has said it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address
from web3.exceptions import Web3Exception

from peculium import errors
from peculium.chain.node import Node, Request
from peculium.chain.receipts import to_int
from peculium.chain.refusals import refusal_of_node
from peculium.contract import Contract, Read
from peculium.errors import ContractError, NodeRefused, Unit, UnknownRevert
from peculium.foreign import in_own_words
from peculium.mandate import NATIVE, MandateCode
from peculium.token import ERC20
from peculium.wallet.currencies import name_of
from peculium.wallet.mandate_code import HASH, mandate_code, view_of
from peculium.wallet.outlays import ACTIONS, APPROVALS, WITHDRAWALS, Outlay, outlays

if TYPE_CHECKING:
    from peculium.wallet.views import WalletViews

EXPLAINED = (*ACTIONS, *APPROVALS, *WITHDRAWALS)
"""The functions whose refusals can be about money."""

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

_OF_WITHDRAWALS: dict[type[ContractError], str] = {
    errors.BalanceTooLow: (
        "The wallet holds {balance:token} of the token {token}; {amount:token} were to be withdrawn. Withdraw less, or all of it "
        "with withdraw_all."
    ),
    errors.NotEnoughMoney: (
        "The wallet holds less of the token than was to be withdrawn. The token says: {reason!q}. Withdraw less, or all of it with "
        "withdraw_all."
    ),
    errors.ERC20InsufficientBalance: (
        "{sender} holds {balance:token}; {needed:token} were to be withdrawn. Withdraw less, or all of it with withdraw_all."
    ),
    errors.NativePaymentRefused: (
        "The withdrawal of {amount:wei} to {payee} failed: the wallet holds less, or the receiver rejects native currency. "
        "Withdraw less, or to another address."
    ),
}
"""Messages for what is withdrawn: it is no payment, and nobody has to fund the wallet."""

_INERT = bytes.fromhex("60003560e01c63e94a0102141560005260206000f3")
"""EVM code that answers every call with one, and `authorizationState` with zero: a token or target without a will."""


def explained(
    wallet: WalletViews,
    error: ContractError,
    function: str,
    arguments: Sequence[Any],
    sender: str | None,
    *,
    as_agent: bool = False,
    past: bool = False,
) -> errors.PeculiumError:
    """Returns the exception for a refusal of a wallet's function.

    That is `error` with its units and the time to try again, `UnknownRevert` if not the wallet but a token or a target that
    it called has reverted with one of the wallet's errors, or `WrongContract` if it is no wallet. With `as_agent` the agent key
    takes the place of `sender`. A refusal in the `past` is believed, because the wallet can answer otherwise by now. Never
    raises. Takes one round trip if the wallet's mandate is known, and three if not.
    """
    try:
        while True:
            known = wallet.last_code
            code = known[1] if known else mandate_code(wallet)
            by = code.people()[1] if as_agent and code.people() else sender
            refusal = Refusal(wallet, code, error, function, arguments, by, past)
            if refusal.ask() or known is None:
                return refusal.explain()
            wallet.last_code = None
    except errors.WrongContract as wrong:
        return wrong
    except (errors.PeculiumError, Web3Exception, DecodingError):
        # What can't be read must not hide the refusal.
        return error


class Guard(Contract):
    """A mandate's guard, if it is a fleet budget."""

    abi_name = "FleetBudget"


class Questions:
    """Requests to a node that are made in one round trip."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._requests: list[Request] = []
        self._answers: list[Any] = []

    def add(self, method: str, *parameters: Any) -> Callable[[], Any]:
        """Adds a request. Returns what gives the answer once it is there."""
        place = len(self._requests)
        self._requests.append((method, parameters))
        return lambda: self._answers[place]

    def read(self, contract: Contract, function: str, *arguments: Any) -> Callable[[], Any]:
        """Adds a call without transaction. Returns what gives the result, or None if there is no usable one."""
        read = Read(contract, function, arguments)
        answer = self.add(*_parts(read.request("latest")))

        def result() -> Any:
            found = answer()
            try:
                return None if isinstance(found, NodeRefused) else contract.decode(function, arguments, found)
            except (errors.WrongContract, ValueError, OverflowError):
                # Tokens and guards can return anything.
                return None

        return result

    def ask(self) -> None:
        """Makes the requests."""
        self._answers = self._node.batch(self._requests)


def _parts(request: Request) -> tuple[Any, ...]:
    return request[0], *request[1]


class Refusal:
    """A refusal, and what the chain says about it."""

    def __init__(
        self,
        wallet: WalletViews,
        code: MandateCode,
        error: ContractError,
        function: str,
        arguments: Sequence[Any],
        sender: str | None,
        past: bool,
    ) -> None:
        self.wallet, self.code, self.error = wallet, code, error
        # What the principal executes can be a call of the switch or of another contract of the suite.
        self.believed = past or function in WITHDRAWALS
        self.function, self.arguments, self.sender = function, arguments, sender
        self.outlays = outlays(wallet, code, function, arguments)
        # What a guard refuses with counts in the units of the mandate's budget.
        self.cause = (isinstance(error, errors.GuardRefused) and error.refusal) or error
        self.fields = {field for field in ("budget", "token") if f":{field}}}" in self.cause.template}
        if type(error) is errors.NotEnoughMoney:
            # The token doesn't say how much is missing.
            self.fields.add("token")
        self._questions = Questions(wallet.node)
        self._hash = self._questions.add(*_parts(Read(wallet, HASH).request("latest")))
        self._again = self._repetition() if self._is_doubtful() else None
        self._candidates = self._find_candidates()
        self._probes = self._probe()
        self._symbols = {
            each: self._questions.read(ERC20(wallet.web3, each), "symbol")
            for each in self._candidates
            if "token" in self.fields and each != NATIVE and each not in wallet.symbols
        }
        self._balances = {
            each: self._questions.read(ERC20(wallet.web3, each), "balanceOf", wallet.address)
            for each in self._candidates
            if type(error) is errors.NotEnoughMoney and each != NATIVE
        }
        self._states = self._ask_for_windows()
        self._block = self._questions.add("eth_getBlockByNumber", "latest", False) if self._states else None

    def ask(self) -> bool:
        """Asks the node. Returns whether the mandate is still the one that was known."""
        self._questions.ask()
        hash_ = view_of(self.wallet, HASH, self._hash())
        return self.wallet.last_code is not None and self.wallet.last_code[0] == hash_

    def explain(self) -> ContractError:
        """Returns the exception, after `ask`."""
        if not self._is_own():
            return in_own_words(self.error)
        for named, symbol in self._symbols.items():
            # A token can call itself anything.
            self.wallet.symbols[named] = errors.clean(str(symbol() or ""))[:12]
        token = self._culprit()
        if token in self._balances:
            self._set_balance(token, self._balances[token]())
        if token is not None and "token" in self.fields:
            self.error.with_units(token=self._token_unit(token))
        if token is not None and (entry := self.code.token(token)) is not None:
            name = name_of(entry.currency, self.wallet.currencies_seen())
            decimals = self.wallet.token_decimals(entry.token) + entry.shift
            self.error.with_units(budget=Unit(decimals, name))
            self._set_retry(entry.currency)
        self._set_advice(token)
        return self.error

    # Whose words

    def _is_doubtful(self) -> bool:
        return not self.believed and isinstance(self.error, _OWN) and not isinstance(self.error, _DEPENDS_ON_OTHERS)

    def _repetition(self) -> Callable[[], Any]:
        return self._questions.add("eth_call", self._call(self.function, self.arguments), "latest", self._inert())

    def _is_own(self) -> bool:
        if self.believed:
            return True
        if self._again is None:
            known = isinstance(self.error, errors.TokenError | UnknownRevert)
            return known or any(
                entry["type"] == "error" and entry["name"] == type(self.error).__name__ for entry in self.wallet.abi
            )
        # The wallet says the same if tokens and targets do nothing. What it says because one of them has stopped the agent in
        # between isn't so any more: the revert has undone that. A contract that is the agent key still has to sign.
        answer = self._again()
        if not isinstance(answer, NodeRefused):
            return False
        found = refusal_of_node(answer)
        # If the node can't simulate with other code, the error is believed.
        return type(found) is type(self.error) or isinstance(found, UnknownRevert | NodeRefused)

    def _inert(self) -> dict[str, Any]:
        others = {*self.code.tokens(), *self.code.targets(), *(each.token for each in self.outlays)}
        others |= {each.target for each in self.outlays if each.target}
        keep = {NATIVE, self.wallet.address, *self.code.people()}
        return {each: {"code": "0x" + _INERT.hex()} for each in sorted(others - keep)}

    def _call(self, function: str, arguments: Sequence[Any], sender: str | None = None) -> dict[str, str]:
        by = sender or self.sender
        call = {"to": self.wallet.address, "data": self.wallet.call_data(function, *arguments)}
        return {**call, "from": to_checksum_address(by)} if by else call

    # What to do

    def _set_advice(self, token: str | None) -> None:
        for kind, template in _OF_WITHDRAWALS.items():
            if self.function in ("withdraw", "withdrawAll") and type(self.error) is kind:
                self.error.template = template  # type: ignore[misc]  # of this error only
        if isinstance(self.error, errors.BalanceTooLow) and token == NATIVE:
            self.error.template = self.error.template.replace(" of the token {token}", "")  # type: ignore[misc]
        lacks_approval = isinstance(self.error, UnknownRevert) and "allowance" in str(self.error.reason).lower()
        if lacks_approval and self.function == "call" and not self.arguments[4]:
            self.error.template = (  # type: ignore[misc]  # of this error only
                "The call reverted: {reason!q}. The target can take tokens only if the call says how many. "
                "Name the amount with pull."
            )
        if isinstance(self.error, errors.PaymentLimitExceeded | errors.StrangerPaymentLimitExceeded) and token:
            # As base units the amount would be within the limit.
            unit = 1 if token == NATIVE else 10 ** self.wallet.token_decimals(token)
            if self.error.charge >= unit * 10**3 and self.error.charge // unit <= self.error.limit:
                first, _, last = self.error.template.rpartition(". ")
                self.error.template = f"{first}. Amounts are whole tokens, not base units. {last}"  # type: ignore[misc]

    # Which token

    def _find_candidates(self) -> list[str]:
        # The tokens that the refusal can be about: one of each unit that its amounts can have.
        named = self.error.arguments.get("token")
        if isinstance(named, str):
            return [named]
        tokens = list(dict.fromkeys(each.token for each in self.outlays if self._fits(each)))
        if not tokens:
            tokens = list(dict.fromkeys(each.token for each in self.outlays))
        return self._by_unit(tokens)

    def _by_unit(self, tokens: Iterable[str]) -> list[str]:
        units: dict[Any, str] = {}
        for token in tokens:
            entry = self.code.token(token)
            if "token" in self.fields:
                units.setdefault(token, token)
            elif entry is not None:
                units.setdefault(entry.currency, token)
        return list(units.values())

    def _fits(self, outlay: Outlay) -> bool:
        # Whether the refusal's amount can be that of this payment.
        name = self.cause.parts.amount
        amount = self.cause.arguments.get(name) if name else None
        if amount is None or outlay.amount is None:
            return True
        if "token" in self.fields:
            return bool(amount == outlay.amount)
        entry = self.code.token(outlay.token)
        if entry is None:
            return False
        # Rounded up, as the wallet charges.
        scale = 10 ** abs(entry.shift)
        return bool(amount == (outlay.amount * scale if entry.shift >= 0 else -(-outlay.amount // scale)))

    def _probe(self) -> dict[str, Callable[[], Any]]:
        # Payments of a batch by unit: the wallet refuses those of one unit as it has refused the batch.
        payments = [each for each in self.outlays if each.payment is not None]
        if len(self._candidates) < 2 or not payments or len(self.code.people()) < 2:
            return {}
        found = {}
        for token in self._candidates:
            group = [each.payment for each in payments if self._by_unit([token, each.token]) == [token]]
            call = self._call("payBatch", [group], self.code.people()[1])
            # A token's refusal needs the token itself.
            override = () if "token" in self.fields else (self._inert(),)
            found[token] = self._questions.add("eth_call", call, "latest", *override)
        return found

    def _culprit(self) -> str | None:
        found = [token for token, probe in self._probes.items() if self._says_the_same(probe())]
        candidates = found or self._candidates
        return candidates[0] if len(candidates) == 1 else None

    def _says_the_same(self, answer: Any) -> bool:
        if not isinstance(answer, NodeRefused):
            return False
        found = refusal_of_node(answer)
        return isinstance(found, ContractError) and found.arguments == self.error.arguments

    def _set_balance(self, token: str, balance: int | None) -> None:
        amounts = [each.amount for each in self.outlays if each.token == token and each.amount is not None]
        if balance is not None and balance < sum(amounts):
            kept = {name: value for name, value in self.error.arguments.items() if name != "reason"}
            found = errors.BalanceTooLow(token=token, amount=sum(amounts), balance=balance, **kept)
            found.transaction = self.error.transaction
            self.error = found

    def _token_unit(self, token: str) -> Unit:
        if token == NATIVE:
            return errors.NATIVE_UNIT
        return Unit(self.wallet.token_decimals(token), self.wallet.symbols.get(token) or None)

    # When to try again

    def _ask_for_windows(self) -> dict[bytes, Callable[[], Any]]:
        # The state of each currency that the refusal can be about, by its key.
        if not isinstance(self.cause, errors.WindowLimitExceeded | errors.StrangerWindowLimitExceeded):
            return {}
        asked: Contract = self.wallet
        if isinstance(self.error, errors.GuardRefused):
            asked = Guard(self.wallet.web3, self.error.guard)
        keys = {entry.currency for token in self._candidates if (entry := self.code.token(token)) is not None}
        names = [(key, name_of(key, self.wallet.currencies_seen())) for key in keys]
        return {key: self._questions.read(asked, "remaining", name) for key, name in names if name}

    def _set_retry(self, currency: bytes) -> None:
        state = self._states[currency]() if currency in self._states else None
        block = self._block() if self._block else None
        if state is None or not isinstance(block, dict):
            return
        *_, strangers, windows = state
        if isinstance(self.cause, errors.StrangerWindowLimitExceeded):
            windows = [strangers[1]]
        for length, limit, left, returns_at, returns in windows:
            if length != self.cause.length:
                continue
            if self.cause.charge > limit:
                self.error.retryable = self.cause.retryable = False
                continue
            # If more than one return is needed: everything that counts now has left the window then.
            enough = left + returns >= self.cause.charge and returns_at
            for each in (self.error, self.cause):
                each.with_retry(returns_at if enough else to_int(block["timestamp"]) + length)

"""Explains transfers by what the wallet reports beside them.

A transfer of a token is what moved; an event of the wallet says why. The wallet reports a payment, a call and an approval before
the money moves, but a withdrawal and a call of the principal after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from peculium.ledger.logs import (
    ABSENT,
    ACTION_RELAYED,
    AUTHORIZATION_USED,
    DEPOSITED,
    PAYMENT_MADE,
    RECEIVED,
    WITHDRAWN,
    Log,
    address,
    arguments_of,
    is_transfer,
    topics_of,
)
from peculium.ledger.movement import Charge, Explainer, Found, Movement, Note, Operation
from peculium.ledger.path import Path
from peculium.mandate import NATIVE


class Context(Protocol):
    """What an explanation has to know besides the logs of the transaction."""

    def promised(self, wallet: str, token: str, nonce: str, log: Log) -> tuple[Path, str | None] | None:
        """Returns how the agent promised what a token settled, and its reference; None if it didn't."""

    def deposited(self, wallet: str, log: Log) -> int | None:
        """Returns what was added to the wallet's deposit at the EntryPoint (wei); None if the node can't say."""


_WALLET, _ENTRY_POINT, _SWITCH = topics_of("AgentWallet"), topics_of("EntryPoint"), topics_of("RevocationSwitch")
_KEYS = {"MandateInstalled": 1, "MandateLifted": 1, "AuthorizationClosed": 1}
"""Events that are looked up by an indexed argument: its topic."""


def explain(wallet: str, entry_point: str, logs: Sequence[Log], context: Context) -> Found:
    """Returns what the logs of one transaction say about a wallet. They are in order, and all concern it."""
    return _Transaction(wallet, entry_point, logs, context).found()


class _Transaction:
    def __init__(self, wallet: str, entry_point: str, logs: Sequence[Log], context: Context) -> None:
        self._wallet, self._entry_point, self._logs, self._context = wallet, entry_point, logs, context
        self._found = Found()
        self._operations = [self._operation(log) for log in logs if self._is_operation(log)]
        relays = [log for log in logs if log.address == wallet and log.topic == ACTION_RELAYED]
        self._relays = {log.topics[1]: log.index for log in relays}
        self._explainers: list[Explainer] = []
        self._after: list[Explainer] = []

    def found(self) -> Found:
        for position, log in enumerate(self._logs):
            if log.address == self._wallet and log.topic in _WALLET:
                self._report(log)
            elif is_transfer(log):
                self._transfer(log, self._logs[position - 1] if position else None)
            elif log.address == self._entry_point:
                self._deposit(log)
            elif log.topic in _SWITCH:
                self._note(log, _SWITCH[log.topic])
        for operation in self._operations:
            self._gas(operation)
        self._explain_later_ones()
        for movement in self._found.movements:
            movement.operation = self._operation_of(movement.index)
        return self._found

    # Operations and how an action was sent

    def _is_operation(self, log: Log) -> bool:
        return log.address == self._entry_point and _ENTRY_POINT.get(log.topic) == "UserOperationEvent"

    def _operation(self, log: Log) -> Operation:
        paymaster = log.address_at(3)
        payer = self._wallet if int(paymaster, 16) == 0 else paymaster
        self._note(log, "UserOperationEvent", log.topics[1])
        return Operation(log.topics[1], payer, log.word(2), log.index)

    def _operation_of(self, index: int) -> Operation | None:
        # The EntryPoint reports an operation after it was executed.
        return next((each for each in self._operations if each.index >= index), None)

    def _deposit(self, log: Log) -> None:
        # What the wallet has at the EntryPoint counts as held by it. What it pays in for an operation stays its own.
        if log.topic == WITHDRAWN:
            to = address(f"0x{log.word(0):040x}")
            self._add(Movement(NATIVE, False, log.word(1), to, log.index, Path.PRINCIPAL))
        elif log.topic == DEPOSITED and not self._operations:
            amount = self._context.deposited(self._wallet, log)
            if amount:
                self._add(Movement(NATIVE, True, amount, self._entry_point, log.index, Path.DEPOSIT))

    def _gas(self, operation: Operation) -> None:
        if operation.payer == self._wallet and operation.cost:
            self._add(Movement(NATIVE, False, operation.cost, self._entry_point, operation.index, Path.GAS))

    def _sent(self, index: int) -> Path:
        if any(each < index for each in self._relays.values()):
            return Path.RELAYED
        return Path.DIRECT if self._operation_of(index) is None else Path.OPERATION

    # What the wallet reports

    def _report(self, log: Log) -> None:
        if log.topic == PAYMENT_MADE:
            self._payment(log)
        elif log.topic == RECEIVED:
            self._add(Movement(NATIVE, True, log.word(0), log.address_at(1), log.index, Path.DEPOSIT))
        else:
            name = _WALLET[log.topic]
            readers: dict[str, Callable[[Log, Any], None]] = {
                "CallMade": self._call,
                "RequestApproved": self._approved,
                "CallApproved": self._approved_call,
                "Withdrawn": self._withdrawn,
                "Executed": self._executed,
                "PaymentAuthorized": self._authorized,
                "MandateInstalled": self._installed,
            }
            if name in readers:
                readers[name](log, arguments_of(log))
            else:
                self._note(log, name, log.topics[_KEYS[name]] if name in _KEYS else None)

    def _payment(self, log: Log) -> None:
        token, payee, ref, amount = log.address_at(1), log.address_at(2), log.topics[3], log.word(0)
        self._found.listed.add(token)
        self._found.charges.append(Charge(token, log.word(1), log.index))
        sent = self._sent(log.index)
        # A fee for relaying has the nonce of its action as reference.
        path = Path.FEE if ref in self._relays else sent
        explainer = Explainer(log.index, path, sent, _ref(ref), payee, {token: amount})
        self._explainers.append(explainer)
        if token == NATIVE:
            self._native(explainer, amount, payee)

    def _native(self, explainer: Explainer, amount: int, party: str) -> None:
        self._add(
            Movement(NATIVE, False, amount, party, explainer.index, explainer.path, explainer.sent, explainer.ref)
        )

    def _call(self, log: Log, values: Any) -> None:
        # What it charged was reported right before, once for each token.
        ref, left = _ref(log.topics[3]), dict[str, int]()
        while self._explainers and self._is_part_of_call(self._explainers[-1], values["target"], ref):
            part = self._explainers.pop()
            for token, amount in part.left.items():
                left[token] = left.get(token, 0) + amount
            # Native currency can be charged for an argument, and then isn't sent. What is sent is in the call's own event.
            self._found.movements = [each for each in self._found.movements if each.index != part.index]
        self._note(log, "CallMade")
        call = Explainer(log.index, Path.CALL, self._sent(log.index), ref, None, left)
        self._explainers.append(call)
        if values["value"]:
            self._native(call, values["value"], values["target"])

    def _is_part_of_call(self, explainer: Explainer, target: str, ref: str | None) -> bool:
        of_payment = explainer.path in (Path.DIRECT, Path.RELAYED, Path.OPERATION)
        unused = not any(
            each.index > explainer.index and each.token in explainer.left for each in self._found.movements
        )
        return of_payment and unused and (explainer.party, explainer.ref) == (target, ref)

    def _approved(self, log: Log, values: Any) -> None:
        request = values["request"]
        ref = _ref("0x" + bytes(request["ref"]).hex())
        token, payee, amount = request["token"], request["payee"], request["amount"]
        self._explain_by(log, Path.REQUEST, ref, payee, {token: amount})
        self._note(log, "RequestApproved")

    def _approved_call(self, log: Log, values: Any) -> None:
        request = values["request"]
        ref = _ref("0x" + bytes(request["ref"]).hex())
        left = {request["pullToken"]: request["pull"]} if request["pull"] else {}
        explainer = self._explain_by(log, Path.REQUEST, ref, None, left)
        if request["value"]:
            self._native(explainer, request["value"], request["target"])
        self._note(log, "CallApproved")

    def _explain_by(self, log: Log, path: Path, ref: str | None, party: str | None, left: dict[str, int]) -> Explainer:
        explainer = Explainer(log.index, path, None, ref, party, left)
        self._explainers.append(explainer)
        self._found.listed.update(left)
        if NATIVE in left and party is not None:
            self._native(explainer, left[NATIVE], party)
        return explainer

    def _withdrawn(self, log: Log, values: Any) -> None:
        token, to, amount = values["token"], values["to"], values["amount"]
        explainer = Explainer(log.index, Path.WITHDRAWAL, None, None, to, {token: amount})
        self._after.append(explainer)
        self._found.listed.add(token)
        if token == NATIVE:
            self._native(explainer, amount, to)

    def _executed(self, log: Log, values: Any) -> None:
        explainer = Explainer(log.index, Path.PRINCIPAL, None, None, None, {})
        self._after.append(explainer)
        # A call of the wallet itself brings back what it sends, and only a plain transfer is reported as received.
        if values["value"] and (values["target"] != self._wallet or not values["data"]):
            self._native(explainer, values["value"], values["target"])
        self._note(log, "Executed")

    def _authorized(self, log: Log, values: Any) -> None:
        self._found.listed.add(values["token"])
        self._note(log, "PaymentAuthorized", "0x" + bytes(values["authorization"]["nonce"]).hex())

    def _installed(self, log: Log, values: Any) -> None:
        budgets = values["mandate"]["budgets"]
        self._found.listed.update(token["token"] for budget in budgets for token in budget["tokens"])
        self._note(log, "MandateInstalled", log.topics[1])

    def _note(self, log: Log, name: str, key: str | None = None) -> None:
        self._found.notes.append(Note(name, key, log))

    # Transfers

    def _transfer(self, log: Log, before: Log | None) -> None:
        amount = log.word(0)
        sender, receiver = log.address_at(1), log.address_at(2)
        # Anybody can make a token report a transfer of nothing.
        if not amount:
            return
        if sender == self._wallet:
            self._add(self._outgoing(Movement(log.address, False, amount, receiver, log.index), log, before))
        if receiver == self._wallet:
            self._add(self._incoming(Movement(log.address, True, amount, sender, log.index)))

    def _outgoing(self, movement: Movement, log: Log, before: Log | None) -> Movement:
        # A token emits the transfer right after it has marked the nonce as used.
        if before is not None and before.topic == AUTHORIZATION_USED and before.address == log.address:
            known = self._context.promised(self._wallet, log.address, before.topics[2], log)
            if known is not None:
                movement.path, movement.ref = known
                return movement
        explainer = self._explainer_of(movement)
        if explainer is not None:
            movement.path, movement.sent, movement.ref = explainer.path, explainer.sent, explainer.ref
        return movement

    def _explainer_of(self, movement: Movement) -> Explainer | None:
        for each in reversed(self._explainers):
            if each.party == movement.party and each.takes(movement):
                return each
        # A token that keeps a fee of its own pays it to somebody else.
        return next((each for each in reversed(self._explainers) if each.takes(movement)), None)

    def _incoming(self, movement: Movement) -> Movement:
        last = self._explainers[-1] if self._explainers else None
        if last is not None and last.party is None and not self._has_ended(last, movement.index):
            movement.path, movement.sent, movement.ref = last.path, last.sent, last.ref
        else:
            movement.path = Path.DEPOSIT
        return movement

    def _has_ended(self, explainer: Explainer, index: int) -> bool:
        return any(explainer.index < each.index < index for each in self._operations)

    def _explain_later_ones(self) -> None:
        for movement in self._found.movements:
            if movement.path not in (Path.UNEXPLAINED, Path.DEPOSIT) or movement.token == NATIVE:
                continue
            following = [each for each in self._after if each.index > movement.index]
            withdrawal = next((each for each in following if each.party == movement.party), None)
            if not movement.incoming and withdrawal is not None and withdrawal.takes(movement):
                movement.path = Path.WITHDRAWAL
            elif following and following[0].path is Path.PRINCIPAL:
                movement.path = Path.PRINCIPAL

    def _add(self, movement: Movement) -> None:
        self._found.movements.append(movement)


def _ref(topic: str) -> str | None:
    return None if topic == ABSENT else topic

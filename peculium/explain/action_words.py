"""What each function of the suite does, in one sentence with its arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from peculium.errors import quote
from peculium.errors.money import Unit
from peculium.explain.words import NATIVE_WORDS, Naming, length, moment, times
from peculium.mandate import NATIVE, ZERO_ADDRESS
from peculium.wallet.refs import ref_text

Arguments = Mapping[str, Any]
"""Arguments by the names of the ABI; structs are mappings too."""


class ActionWords:
    """Sentences about functions. Amounts are whole units for tokens whose unit is known, else base units."""

    def __init__(self, naming: Naming, units: Mapping[str, Unit]) -> None:
        """`units` are those of tokens, by address."""
        self._naming, self._units = naming, units

    def sentence(self, function: str, arguments: Arguments) -> str | None:
        """Returns the sentence about a function of the suite, or None if it has none of its own."""
        if function in _SENTENCES:
            return _filled(_SENTENCES[function](arguments), self._naming, arguments)
        found = self._money_sentences().get(function)
        return None if found is None else found(arguments)

    def money(self, token: str, amount: int) -> str:
        """Returns an amount of a token."""
        if token == NATIVE:
            return Unit(18, f"of {NATIVE_WORDS}").show(amount)
        unit = self._units.get(token)
        return f"{amount} base units of {self._naming(token)}" if unit is None else unit.show(amount)

    def _money_sentences(self) -> dict[str, Callable[[Arguments], str]]:
        naming, money = self._naming, self.money
        return {
            "pay": lambda a: f"The agent pays {money(a['token'], a['amount'])} to {naming(a['payee'])}{_for(a)}.",
            "call": lambda a: (
                f"The agent calls {naming(a['target'])} under its rule {a['variant']}{self._value(a)}, which may take "
                f"{a['pull']} base units of the rule's token{_for(a)}."
            ),
            "preauthorize": lambda a: (
                f"The agent charges {self._authorization(a['authorization'])}{_for(a)}. Its payee settles it later."
            ),
            "requestPayment": lambda a: f"The agent asks in slot {a['slot']} to {self._payment(a['request'])}.",
            "requestCall": lambda a: f"The agent asks in slot {a['slot']} to {self._call(a['request'])}.",
            "approveRequest": lambda a: (
                f"The principal approves the request in slot {a['slot']}: {self._payment(a['request'])}."
            ),
            "approveRequestSigned": lambda a: (
                f"Submits the principal's signed approval of the request in slot {a['slot']}: {self._payment(a['request'])}."
            ),
            "approveCall": lambda a: (
                f"The principal approves the request in slot {a['slot']}: {self._call(a['request'])}."
            ),
            "approveCallSigned": lambda a: (
                f"Submits the principal's signed approval of the request in slot {a['slot']}: {self._call(a['request'])}."
            ),
            "execute": lambda a: f"The principal calls {naming(a['target'])} as the wallet{self._value(a)}.",
            "withdraw": lambda a: f"The principal withdraws {money(a['token'], a['amount'])} to {naming(a['to'])}.",
            "withdrawAll": lambda a: f"The principal withdraws all of {naming(a['token'])} to {naming(a['to'])}.",
            "act": lambda a: self._relay(a["relay"]),
        }

    def _payment(self, request: Arguments) -> str:
        what = f"pay {self.money(request['token'], request['amount'])} to {self._naming(request['payee'])}"
        return f"{what}{_for(request)}, until {moment(request['expiresAt'])}"

    def _call(self, request: Arguments) -> str:
        pull = f", which may take {self.money(request['pullToken'], request['pull'])}" if request["pull"] else ""
        what = f"call {self._naming(request['target'])}{self._value(request)}{pull}"
        return f"{what}{_for(request)}, until {moment(request['expiresAt'])}"

    def _authorization(self, struct: Arguments) -> str:
        payee, until = self._naming(struct["payee"]), moment(struct["validBefore"])
        return f"a payment of {self.money(struct['token'], struct['amount'])} to {payee}, valid until {until}"

    def _value(self, arguments: Arguments) -> str:
        return f" with {self.money(NATIVE, arguments['value'])}" if arguments["value"] else ""

    def _relay(self, relay: Arguments) -> str:
        who = "Anybody" if relay["relayer"] == ZERO_ADDRESS else self._naming(relay["relayer"])
        fee = f" for {self.money(relay['feeToken'], relay['fee'])}" if relay["fee"] else ""
        return f"{who} relays an action that the agent has signed{fee}, until {moment(relay['deadline'])}."


def _filled(sentence: str, naming: Naming, arguments: Arguments) -> str:
    # Fills in the places `{name}`: addresses by their names.
    def value(place: re.Match[str]) -> str:
        found = arguments.get(place[1], place[0])
        return naming(found) if isinstance(found, str) and found.startswith("0x") else str(found)

    return re.sub(r"\{(\w+)\}", value, sentence)


def _for(arguments: Arguments) -> str:
    ref = ref_text(bytes(arguments["ref"]))
    return f" for {quote(ref)}" if ref else ""


def order_sentence(arguments: Arguments, naming: Naming) -> str:
    """Returns what a signed order does."""
    wallet, principal = naming(arguments["wallet"]), naming(arguments["principal"])
    epoch = f"of {principal} in epoch {arguments['epoch']}"
    done = [f"pauses {wallet} of {principal}", f"revokes {wallet} of {principal} for ever"]
    done += [f"pauses all agents {epoch}", f"revokes all agents {epoch} for ever"]
    kind = arguments["order"]
    what = done[kind] if kind < len(done) else f"has the unknown kind {kind}"
    return f"Submits an order signed by {naming(arguments['signer'])}, which {what}. Anybody can submit it, once."


def _heartbeat(arguments: Arguments) -> str:
    interval = arguments["interval"]
    if not interval:
        return "The principal needs no heartbeat any more."
    return f"All agents stop unless the principal checks in at least every {length(interval)}."


_SENTENCES: dict[str, Callable[[Arguments], str]] = {
    "payBatch": lambda a: f"The agent makes {times(len(a['payments']), 'payment')}, all or none.",
    "cancelRequest": lambda a: "The agent cancels its request in slot {slot}.",
    "closeAuthorizations": lambda a: (
        f"Closes {times(len(a['authorizations']), 'authorization')}: settled ones stay charged, others are released."
    ),
    "resign": lambda a: "The agent revokes itself for ever.",
    "executeBatch": lambda a: f"The principal makes {times(len(a['calls']), 'call')} as the wallet, all or none.",
    "executeSigned": lambda a: (
        f"Submits {times(len(a['calls']), 'call')} as the wallet that the principal has signed, until {moment(a['deadline'])}."
    ),
    "refuseRequest": lambda a: "The principal refuses the request in slot {slot}.",
    "refuseAll": lambda a: (
        "The principal voids all requests, all authorizations that aren't settled, and all mandates that were signed and not "
        "installed."
    ),
    "expireRequest": lambda a: "Frees slot {slot} of a request that has expired.",
    "expireCall": lambda a: "Frees slot {slot} of a request that has expired.",
    "setMandate": lambda a: "The principal installs this mandate in place of the one in force.",
    "setMandateSigned": lambda a: "Installs this mandate, signed by the principal and by the agent key.",
    "initialize": lambda a: "The factory installs this mandate in a new wallet.",
    "liftMandate": lambda a: (
        "The principal ends the mandate in force. The agent can spend nothing without another one."
    ),
    "offerHandOver": lambda a: (
        "The principal withdraws its offer to hand the wallet over."
        if a["newPrincipal"] == ZERO_ADDRESS
        else f"The principal offers the wallet to {{newPrincipal}}, until {moment(a['deadline'])}."
    ),
    "acceptHandOver": lambda a: "The caller becomes the wallet's principal, and its mandate ends.",
    "cancelAction": lambda a: "Voids what the agent has signed with the nonce {nonce}.",
    "cancelNonce": lambda a: "Voids what the principal has signed with the nonce {nonce}.",
    "createAgent": lambda a: "Creates an agent with a wallet under this mandate.",
    "createWallet": lambda a: "Creates the wallet of the agent key {agentKey} for the principal {principal}.",
    "pause": lambda a: "Pauses the agent {wallet} of {principal} until the principal unpauses it.",
    "revoke": lambda a: "Revokes the agent {wallet} of {principal} for ever.",
    "revokeUnlinked": lambda a: (
        "The registry revokes {wallet} of {principal} for ever, because the agent was linked to another wallet."
    ),
    "pauseAll": lambda a: "Pauses all agents of {principal} until the principal unpauses them.",
    "revokeAll": lambda a: "Revokes all agents of {principal} for ever.",
    "unpause": lambda a: "The principal ends the pause of the agent {wallet}.",
    "unpauseAll": lambda a: (
        "The principal ends the pause of all agents. Agents that were paused one by one stay paused."
    ),
    "setGuardian": lambda a: (
        f"The principal {'appoints' if a['appointed'] else 'removes'} the guardian {{guardian}}, which can pause and revoke."
    ),
    "setHeartbeat": _heartbeat,
    "checkIn": lambda a: "The principal checks in: the heartbeat begins anew.",
    "cancelOrder": lambda a: "Voids the orders that the caller has signed with the nonce {nonce}.",
    "sync": lambda a: "Copies whether the agent {wallet} is stopped to where bundlers can read it.",
    "handleOps": lambda a: f"Executes {times(len(a['ops']), 'user operation')}.",
}

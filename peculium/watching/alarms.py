"""Messages of a watch, and who gets them: a web service, a person."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from typing import Any

from peculium.errors import InvalidInput
from peculium.watching.webhook import Delivery, Webhook

FORMAT = 1
"""Version of the messages."""


class AlarmKind(StrEnum):
    """What happened."""

    PAYMENT = "payment"
    BREACH = "breach"
    """A rule was broken."""
    PAUSED = "paused"
    PAUSE_FAILED = "pause failed"
    """It is tried again with the next look."""
    REVOKED = "revoked"
    LOST = "node lost"
    """The node doesn't answer. The mandates hold, and nobody is paused by a rule meanwhile."""
    FOUND = "node found"


@dataclass(frozen=True)
class Alarm:
    """A message."""

    kind: AlarmKind
    text: str
    wallet: str | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    """Further facts, JSON-ready."""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    """The same in every attempt to deliver it, so that a receiver can leave out what it has."""

    def as_dict(self) -> dict[str, Any]:
        """Returns the message for a program."""
        own = {"format": FORMAT, "id": self.id, "kind": str(self.kind), "time": self.time.isoformat()}
        return {**own, "text": self.text, "wallet": self.wallet, **dict(self.content)}


class Messenger:
    """Delivers alarms one after another, beside the watch. A receiver that doesn't answer holds nothing up."""

    QUIET = (AlarmKind.PAYMENT,)
    """What is shown, and not delivered."""

    def __init__(self, webhooks: Sequence[Webhook] = (), notify: Callable[[str, str], bool] | None = None) -> None:
        """`notify` gets a title and a text, and says whether it was delivered."""
        self._webhooks, self._notify = list(webhooks), notify
        self._worker = ThreadPoolExecutor(1, "peculium-alarms")
        self._sent: list[Future[list[str]]] = []

    def send(self, alarm: Alarm) -> None:
        """Delivers an alarm in the background."""
        if alarm.kind not in self.QUIET and (self._webhooks or self._notify):
            self._sent.append(self._worker.submit(self._deliver, alarm))

    def failures(self) -> list[str]:
        """Returns what couldn't be delivered since the last call, a sentence each."""
        done = [each for each in self._sent if each.done()]
        self._sent = [each for each in self._sent if each not in done]
        return [sentence for each in done for sentence in each.result()]

    def close(self) -> list[str]:
        """Waits until all alarms are delivered or given up. Returns what couldn't be delivered."""
        self._worker.shutdown(wait=True)
        return self.failures()

    def _deliver(self, alarm: Alarm) -> list[str]:
        found = [(each.host, each.send(alarm.as_dict())) for each in self._webhooks]
        if self._notify is not None:
            taken = self._notify(f"Peculium: {alarm.kind}", alarm.text)
            found.append(("the notification", Delivery(taken, 1, "" if taken else "it wasn't taken")))
        return [
            f"The message '{alarm.kind}' didn't reach {host} in {each.attempts} attempts: {each.reason}."
            for host, each in found
            if not each.delivered
        ]


def notifier(url: str) -> Callable[[str, str], bool]:
    """Returns what notifies a person through the package `apprise`. Raises `InvalidInput` if it isn't installed."""
    try:
        apprise = import_module("apprise")
    except ModuleNotFoundError:
        raise InvalidInput("Notifications need a further package: pip install apprise") from None
    service = apprise.Apprise()
    if not service.add(url):
        raise InvalidInput("The URL of the notification is none that apprise knows.")
    return lambda title, body: bool(service.notify(title=title, body=body))

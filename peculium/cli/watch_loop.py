"""The loop of `peculium watch`: looks, shows, pauses, tells."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from peculium.cli.agents import standing_table
from peculium.cli.caller import Caller
from peculium.cli.keyboard import Keyboard, keyboard
from peculium.cli.reading import label
from peculium.errors import ChainUnavailable, OutcomeUnknown, PeculiumError
from peculium.watching.alarms import Alarm, AlarmKind, Messenger
from peculium.watching.watcher import Guard, Seen, Watcher

LINES = 12
"""Messages that stay on the screen."""
CONFIRM_SECONDS = 5
"""How long the second press of `r` is waited for."""


@dataclass
class Loop:
    """A watch that runs."""

    caller: Caller
    watcher: Watcher
    messenger: Messenger
    guard: Guard | None
    say: Callable[[Alarm], None]
    """Shows a message where there is no live picture."""
    lines: deque[Alarm] = field(default_factory=lambda: deque(maxlen=LINES))
    seen: Seen | None = None
    chosen: int = 0
    """Row of the table that the keys are about."""
    lost: bool = False
    under_way: str = ""
    """What is sent right now."""
    _failed: str = ""

    def step(self) -> None:
        """Looks once, and does what follows from it. A node that doesn't answer is said once, and asked again."""
        try:
            self.seen = self.watcher.look()
        except ChainUnavailable as error:
            if not self.lost:
                self.lost = True
                self.tell(AlarmKind.LOST, f"{error} The mandates hold; nobody is paused by a rule until it answers.")
            return
        if self.lost:
            self.lost = False
            self.tell(AlarmKind.FOUND, "The node answers again. What was paid meanwhile follows.")
        self.handle(self.seen)

    def handle(self, seen: Seen) -> None:
        """Tells what was seen, and pauses who broke a rule."""
        for payment in seen.payments:
            text = f"{label(self.caller, payment.wallet)} paid: {payment}"
            self.tell(AlarmKind.PAYMENT, text, payment.wallet, payment=payment.as_dict())
        for breach in seen.breaches:
            text = f"{label(self.caller, breach.wallet)} broke a rule: {breach.text}"
            self.tell(AlarmKind.BREACH, text, breach.wallet, breach=breach.as_dict())
        for wallet in seen.to_pause:
            self.stop(wallet)
        for sentence in self.messenger.failures():
            self.caller.say(sentence)

    def stop(self, wallet: str, revoke: bool = False) -> None:
        """Pauses or revokes an agent with the guardian's key. If that fails, it is said, and a rule's pause is tried again."""
        if self.guard is None:
            return
        name, kind = label(self.caller, wallet), AlarmKind.REVOKED if revoke else AlarmKind.PAUSED
        self.under_way = f"{'revoke' if revoke else 'pause'} {name}"
        try:
            receipt = (self.guard.revoke if revoke else self.guard.pause)(wallet)
        except PeculiumError as error:
            known = "Whether it is stopped isn't known" if isinstance(error, OutcomeUnknown) else "It isn't stopped"
            text = f"{name}: {known}. {error}"
            if text != self._failed:
                self.tell(AlarmKind.PAUSE_FAILED, text, wallet)
            self._failed = text
        else:
            self._failed = ""
            self.watcher.paused(wallet)
            text = f"{name} is {kind}: transaction {receipt.transaction}, block {receipt.block}"
            self.tell(kind, text, wallet, transaction=receipt.transaction, block=receipt.block)
        self.under_way = ""

    def tell(self, kind: AlarmKind, text: str, wallet: str | None = None, **content: object) -> None:
        """Shows a message and sends it to those who want it."""
        alarm = Alarm(kind, text, wallet, content)
        self.lines.append(alarm)
        self.say(alarm)
        self.messenger.send(alarm)

    # On a terminal

    def run_live(self, every: float) -> None:
        """Shows a picture until Ctrl-C."""
        with keyboard() as keys, Live(self.picture(), console=self.caller.out, auto_refresh=False) as live:
            while True:
                self.step()
                live.update(self.picture(), refresh=True)
                self._wait(keys, every, live)

    def run_lines(self, every: float) -> None:
        """Prints lines until Ctrl-C."""
        keys = Keyboard(False)
        while True:
            self.step()
            keys.wait(every)

    def press(self, key: str, confirm: Callable[[], str]) -> None:
        """Does what a key says. `confirm` waits for the next key."""
        standings = self.seen.standings if self.seen else ()
        if key.isdecimal() and 0 < int(key) <= len(standings):
            self.chosen = int(key) - 1
        elif key in ("p", "r") and self.guard is not None and standings:
            wallet = standings[self.chosen].wallet
            if key == "p":
                self.stop(wallet)
            elif confirm() == "r":
                self.stop(wallet, revoke=True)

    def picture(self, note: str = "") -> RenderableType:
        """The table, the last messages, and what the keys do."""
        parts: list[RenderableType] = []
        if self.seen:
            parts.append(standing_table(self.caller, self.seen.standings))
        parts += [Text(f"{each.time:%H:%M:%S} {each.text}", style=STYLES.get(each.kind, "")) for each in self.lines]
        parts.append(Text(note or self._keys(), style="bold red" if note else "dim"))
        return Group(*parts)

    def _keys(self) -> str:
        if self.guard is None or not self.seen:
            return "Ctrl-C ends the watch."
        name = label(self.caller, self.seen.standings[self.chosen].wallet)
        choose = "1-9 choose the agent, " if len(self.seen.standings) > 1 else ""
        return f"{choose}p pauses {name}, r r revokes it for ever, Ctrl-C ends the watch."

    def _wait(self, keys: Keyboard, every: float, live: Live) -> None:
        key = keys.wait(every)
        if not key:
            return

        def confirm() -> str:
            live.update(self.picture("Press r again to revoke this agent for ever. Any other key: no."), refresh=True)
            return keys.wait(CONFIRM_SECONDS)

        self.press(key, confirm)
        live.update(self.picture(), refresh=True)


STYLES = {
    AlarmKind.BREACH: "bold red",
    AlarmKind.PAUSED: "bold yellow",
    AlarmKind.REVOKED: "bold yellow",
    AlarmKind.PAUSE_FAILED: "bold red",
    AlarmKind.LOST: "red",
}

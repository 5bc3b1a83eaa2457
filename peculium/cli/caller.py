"""Who calls a command: with which profile, network and account, and what this person reads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from peculium.cli.consoles import data_console, talk_console
from peculium.cli.profiles import Profile
from peculium.errors import InvalidInput, PeculiumError, quote
from peculium.units import to_address

if TYPE_CHECKING:
    from peculium.accounts import PrincipalAccount
    from peculium.cli.sending import NotedKey, Timer
    from peculium.network import Network
    from peculium.principal import Principal


class Declined(PeculiumError):
    """The person who was asked has said no. Nothing was sent."""

    @property
    def next(self) -> str:
        """Nothing: it is as the person wants it."""
        return ""


@dataclass
class Caller:
    """Everything is read when it is first needed, so that a command without a chain starts at once."""

    profile: Profile
    as_json: bool = False
    network_name: str | None = None
    account: str | None = None
    key_file: Path | None = None
    safe: str | None = None
    yes: bool = False
    show_cast: bool = False
    """Whether nothing is sent, and a line for `cast` is shown instead."""
    out: Console = field(default_factory=data_console)
    """The stream of what was asked for."""
    talk: Console = field(default_factory=talk_console)
    """The stream of progress, questions and next steps."""

    @cached_property
    def network(self) -> Network:
        """The network of `--network`, or of the profile. Raises `InvalidInput` if neither names one."""
        from peculium.network import Network

        if self.network_name:
            return Network.of(self.network_name)
        if not self.profile.network:
            raise InvalidInput(
                "No network is named. Pass --network NAME or URL, or choose one for all commands: peculium use base-sepolia"
            )
        if self.profile.rpc:
            return Network.at(self.profile.rpc, self.profile.network)
        return Network.of(self.profile.network)

    @cached_property
    def key(self) -> NotedKey:
        """The account that signs and pays. It is unlocked once, and notes which transactions it has signed."""
        from peculium.cli.keys import find_key
        from peculium.cli.sending import NotedKey

        return NotedKey(find_key(self))

    @cached_property
    def signer(self) -> PrincipalAccount:
        """The principal's account: the Safe of which `key` is an owner, if one is named; otherwise `key`."""
        from peculium.accounts import Safe

        safe = self.safe or self.profile.safe
        if self.show_cast:
            from peculium.cli.cast import CastAccount

            return CastAccount(self.key, self.address(safe) if safe else None)
        if not safe:
            return self.key
        return Safe(self.address(safe), self.network, owners=[self.key])

    @cached_property
    def principal(self) -> Principal:
        """The principal that acts, with the names of the profile."""
        from peculium.principal import Principal

        return Principal(self.signer, self.network, names=self.profile.names)

    @property
    def principal_address(self) -> str:
        """The principal's address, without unlocking its account. For commands that only read."""
        from peculium.cli.keys import address_of

        safe = self.safe or self.profile.safe
        return self.address(safe) if safe else address_of(self)

    def address(self, text: str) -> str:
        """Returns an address with its checksum: of an address, or of a name of the profile."""
        if text in self.profile.names:
            return self.profile.names[text]
        if text.lower().startswith("0x"):
            return to_address(text)
        likely = get_close_matches(text, self.profile.names, 1)
        hint = f" Did you mean {likely[0]}?" if likely else ""
        raise InvalidInput(
            f"{quote(text)} is no address, and no name of the profile.{hint} Name it: peculium name {text} ADDRESS"
        )

    def known_as(self, address: str) -> str | None:
        """Returns the name of an address in the profile, or None."""
        return next((name for name, each in self.profile.names.items() if each == address), None)

    def name_of(self, address: str) -> str:
        """Returns the name of an address in the profile, or the address."""
        return self.known_as(address) or address

    def described(self, address: str) -> str:
        """Returns the name of an address in the profile with the address, or the address: for what must not be mistaken."""
        name = self.known_as(address)
        return f"{name} ({address})" if name else address

    def confirm(self, effect: str) -> None:
        """Says what will happen and asks, unless `--yes` was passed. Ends the command if the answer is no.

        Raises `InvalidInput` if there is nobody to ask, and `Declined` for a no.
        """
        self.say(effect)
        if self.yes or self.show_cast:
            return
        if self.as_json or not sys.stdin.isatty():
            raise InvalidInput("Nobody is here to confirm this, so nothing was sent. Read it, then pass --yes.")
        if not click.confirm("Do it?", err=True):
            raise Declined("You said no. Nothing was sent.")

    def say(self, text: str) -> None:
        """Says something beside the answer."""
        self.talk.print(text, markup=False, soft_wrap=True, emoji=False)

    @contextmanager
    def sending(self, text: str) -> Iterator[Timer]:
        """Shows that something is sent, and measures how long it takes until the block within has seen its effect."""
        from peculium.cli.sending import Timer

        timer = Timer(lambda: self.key.signed)
        with self.progress(text):
            yield timer

    def say_what_was_sent(self) -> None:
        """Says which transactions were signed, and what has become of them."""
        # Only if the key was in use; a command that was interrupted before doesn't ask for a passphrase now.
        key = vars(self).get("key")
        signed = key.signed if key else []
        if not signed:
            self.say("\nNothing was sent.")
            return
        from peculium.cli.sending import became_of

        for each in signed:
            self.say("\n" + became_of(self.network, each))

    @contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """Shows that something takes a while, on terminals."""
        if not self.talk.is_terminal or self.as_json:
            yield
            return
        with self.talk.status(text):
            yield

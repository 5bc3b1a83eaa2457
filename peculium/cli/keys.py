"""Finds the account that signs: an encrypted keystore, or for scripts a file or an environment variable with a key.

A key is never an argument of the command: other users of the machine see those.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from peculium.accounts import open_keystore
from peculium.accounts.keystore import read_keystore
from peculium.cli.folders import config_folder
from peculium.errors import InvalidInput, quote
from peculium.keys import key_of
from peculium.units import to_address

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from peculium.cli.caller import Caller

KEY = "PECULIUM_KEY"
"""The environment variable with a private key, for scripts."""
PASSPHRASE = "PECULIUM_PASSPHRASE"
"""The environment variable with the passphrase of the keystore, for scripts."""


def find_key(caller: Caller) -> LocalAccount:
    """Returns the account of `--key-file`, `--account`, `PECULIUM_KEY` or the profile, the first of these that is there.

    Asks for the passphrase of a keystore on the terminal. Raises `InvalidInput` if no account is named, it can't be found, or
    the passphrase is wrong.
    """
    if caller.key_file:
        return read_key_file(caller.key_file)
    if caller.account:
        return unlock(caller.account)
    if os.environ.get(KEY):
        return key_from(os.environ[KEY].strip(), f"the environment variable {KEY}")
    if caller.profile.account:
        return unlock(caller.profile.account)
    if caller.profile.key_file:
        return read_key_file(Path(caller.profile.key_file))
    raise _nobody()


def address_of(caller: Caller) -> str:
    """Returns the address of the same account, without its passphrase where the keystore names it."""
    named = None if caller.key_file else caller.account
    if not (named or caller.key_file or os.environ.get(KEY)):
        named = caller.profile.account
    if named and (known := keystore_content(keystore_path(named)).get("address")):
        return to_address("0x" + str(known).removeprefix("0x"))
    return caller.key.address


def keystores() -> Iterator[tuple[str, str, Path]]:
    """Yields the keystores that have a name: the name, where it comes from, the file. One's own before ape's."""
    for origin, folder in _folders():
        for path in sorted(folder.glob("*.json")):
            yield path.stem, origin, path


def keystore_path(name: str) -> Path:
    """Returns the file of a keystore, which is named or given by its path."""
    if name.endswith(".json") or os.sep in name:
        return Path(name).expanduser()
    listed = list(keystores())
    for known, _, path in listed:
        if known == name:
            return path
    there = ", ".join(known for known, _, _ in listed) or "none yet"
    raise InvalidInput(
        f"There is no account {quote(name)} (there are: {there}). Make one: peculium account new {name}, or pass the path of a "
        "keystore file."
    )


def own_keystore(name: str) -> Path:
    """Returns the file of one's own keystore of this name."""
    return config_folder() / "keystores" / f"{name}.json"


def ask_passphrase(question: str, confirm: bool = False) -> str:
    """Returns the passphrase of the environment, or asks on the terminal. Raises `InvalidInput` if there is none."""
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise InvalidInput(f"Nobody is here to type the passphrase. For scripts, set {PASSPHRASE}.")
    typed: str = click.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True)
    return typed


def _folders() -> list[tuple[str, Path]]:
    ape = Path(os.environ.get("APE_DATA_FOLDER", Path.home() / ".ape")) / "accounts"
    return [("peculium", config_folder() / "keystores"), ("ape", ape)]


def unlock(name: str) -> LocalAccount:
    """Returns the account of a keystore, which is named or given by its path. Asks for its passphrase."""
    path = keystore_path(name)
    keystore_content(path)
    return open_keystore(path, ask_passphrase(f"Passphrase of {path.stem}"))


def keystore_content(path: Path) -> dict[str, object]:
    """Returns what a keystore file has. Raises `InvalidInput` if it is none, before anybody types a passphrase."""
    return read_keystore(path, ", or make one: peculium account new")


def read_key_file(path: Path) -> LocalAccount:
    """Returns the account whose private key (0x hex) is in a file."""
    try:
        text = path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The key file {path} can't be read: {error}. Check the path.") from None
    return key_from(text, f"the file {path}")


def key_from(text: str, where: str) -> LocalAccount:
    """Returns the account of a private key (0x hex). An error says `where` it was, and never shows it."""
    try:
        found: LocalAccount = key_of(text)  # type: ignore[assignment]
    except InvalidInput:
        raise InvalidInput(f"What is in {where} is no private key. Put 0x and 64 hex digits there.") from None
    return found


def _nobody() -> InvalidInput:
    return InvalidInput(
        f"No account is named. Pass --account NAME, or choose one for all commands: peculium use NETWORK --account NAME. Make "
        f"one: peculium account new NAME. Scripts can use --key-file or {KEY}."
    )

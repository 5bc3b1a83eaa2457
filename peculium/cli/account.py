"""`peculium account`: encrypted keystores."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
from eth_account import Account
from eth_account.signers.local import LocalAccount
from rich.table import Table

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.folders import write_private
from peculium.cli.keys import ask_passphrase, key_from, keystore_content, keystores, own_keystore, read_key_file
from peculium.cli.profiles import NAME
from peculium.errors import InvalidInput, quote
from peculium.units import to_address

SHORTEST = 8
"""Characters of a passphrase at least."""

account = group_of("account", "Make, import and list accounts (encrypted keystores).")


@command("new", group=account, chain=False)
@click.argument("name")
def new_account(caller: Caller, name: str) -> Answer:
    """Make a new key and keep it in an encrypted keystore.

    Nobody but you can restore it: keep the file and the passphrase in two places.
    """
    return _keep(name, Account.create)


@command("import", group=account, chain=False)
@click.argument("name")
@click.option(
    "--from-file", "file", type=click.Path(path_type=Path), help="A file with the private key. Default: asks."
)
def import_account(caller: Caller, name: str, file: Path | None) -> Answer:
    """Keep an existing private key in an encrypted keystore."""

    def read() -> LocalAccount:
        if file:
            return read_key_file(file)
        if not sys.stdin.isatty():
            raise InvalidInput("Nobody is here to type the key. Pass --from-file FILE.")
        return key_from(click.prompt("Private key", hide_input=True, err=True).strip(), "your answer")

    return _keep(name, read)


@command("list", group=account, chain=False)
def list_accounts(caller: Caller) -> Answer:
    """List the keystores that commands find by name: your own, and ape's."""
    table, found = Table("account", "address", "kept by"), []
    for name, origin, path in keystores():
        known = keystore_content(path).get("address")
        address = to_address("0x" + str(known).removeprefix("0x")) if known else None
        table.add_row(name, address or "in the file, encrypted", origin)
        found.append({"name": name, "address": address, "origin": origin, "file": str(path)})
    if not found:
        return Answer(found, ["There is no account yet."], "peculium account new NAME")
    return Answer(found, [table])


def _keep(name: str, make: Callable[[], LocalAccount]) -> Answer:
    if not NAME.fullmatch(name):
        raise InvalidInput(f"{quote(name)} is no name of an account. Pass small letters, digits, points and hyphens.")
    path = own_keystore(name)
    if path.exists():
        raise InvalidInput(f"There is an account {name} already, in {path}. Take another name.")
    key = make()
    passphrase = ask_passphrase("Passphrase for the new keystore", confirm=True)
    if len(passphrase) < SHORTEST:
        raise InvalidInput(f"The passphrase has {len(passphrase)} characters. Take one of at least {SHORTEST}.")
    write_private(path, json.dumps(key.encrypt(passphrase)) + "\n")
    said = [f"The account {name} is {key.address}.", f"Its keystore: {path}"]
    result = {"name": name, "address": key.address, "file": str(path)}
    return Answer(result, said, f"peculium use NETWORK --account {name}")

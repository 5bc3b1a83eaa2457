"""`peculium safe`: signatures of a Safe's owners, collected in files."""

from __future__ import annotations

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.files import read_json
from peculium.errors import InvalidInput

safe = group_of("safe", "Sign what a Safe, as principal, is to do.")


@command("sign", group=safe, signs=True)
@click.argument("file")
def sign_file(caller: Caller, file: str) -> Answer:
    """Add an owner's signature to a file that another command wrote.

    The account is one of the Safe's owners. Says what the file does, and asks.
    """
    from peculium.accounts import Safe
    from peculium.accounts.safe_file import SafeFile

    found = SafeFile.of(read_json(file))
    chain_id = caller.network.node.chain_id()
    if found.chain_id != chain_id:
        raise InvalidInput(
            f"The file is for chain {found.chain_id}; the node serves chain {chain_id}. Choose the other network."
        )
    bound = Safe(found.safe, caller.network)
    caller.confirm(f"You sign for the Safe {caller.name_of(found.safe)}:\n{found.words(caller.profile.names)}")
    bound.sign_file(file, caller.key)
    have, need = bound.count_signatures(file)
    text = f"{caller.key.address} has signed: {have} of {need} signatures are there."
    following = (
        "the command that wrote the file, once more: it executes"
        if have >= need
        else f"peculium safe sign {file}, by another owner"
    )
    return Answer(
        {"file": file, "safe": found.safe, "signer": caller.key.address, "have": have, "need": need}, [text], following
    )

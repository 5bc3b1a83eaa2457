"""Files that a person names on the command line, and mandates in them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peculium.cli.caller import Caller
from peculium.errors import InvalidInput, quote

if TYPE_CHECKING:
    from peculium.mandate import Mandate
    from peculium.mandate.toml import MandateFile

STDIN = "-"


def read_text(name: str) -> str:
    """Returns the text of a file, or of standard input for -. Raises `InvalidInput` if it can't be read."""
    try:
        return sys.stdin.read() if name == STDIN else Path(name).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"The file {name} can't be read: {error.strerror}. Check the path.") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"The file {name} isn't UTF-8 text. Check the path.") from None


def read_json(name: str) -> dict[str, Any]:
    """Returns the JSON object of a file, or of standard input for -. Raises `InvalidInput` if it is none."""
    return parse_json(read_text(name), name)


def is_json(text: str) -> bool:
    """Whether a text is a JSON object, and not TOML."""
    return text.lstrip().startswith("{")


def parse_json(text: str, name: str) -> dict[str, Any]:
    """Returns the JSON object of a text. `name` is its file. Raises `InvalidInput` if it is none."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"The file {name} isn't JSON: {error}. Check the path.") from None
    if not isinstance(content, dict):
        raise InvalidInput(f"The file {name} has no JSON object. Check the path.")
    return content


def is_file(caller: Caller, text: str) -> bool:
    """Whether a text names a file, and not a wallet: names of the profile and addresses are wallets."""
    if text == STDIN:
        return True
    if text in caller.profile.names or text.lower().startswith("0x"):
        return False
    return text.endswith(".toml") or "/" in text or Path(text).exists()


def parse_mandate(caller: Caller, text: str) -> MandateFile:
    """Returns the mandate of a file's text, with its names and those of the profile.

    Tokens are asked for their decimals if a network is named. Raises `InvalidMandateFile`, which names the line.
    """
    from peculium.mandate.toml import read_mandate

    network = caller.network if caller.network_name or caller.profile.network else None
    own = caller.profile.names
    # A text without a line break would be taken for a path.
    found = read_mandate(text if "\n" in text else text + "\n", network, names=own)
    # What the reader calls an address counts, and not what the file calls it.
    further = {name: address for name, address in found.names.items() if address not in own.values()}
    return replace(found, names={**further, **own})


def mandate_in_force(caller: Caller, wallet: str) -> Mandate:
    """Returns the mandate in force of anybody's wallet. Raises `NoMandate` if there is none."""
    from peculium.errors import NoMandate
    from peculium.wallet import AgentWallet

    bound = AgentWallet(caller.network.web3, wallet)
    if not any(bound.mandate_hash):
        raise NoMandate()
    return bound.last_mandate()


def find_mandate(caller: Caller, text: str) -> tuple[Mandate, dict[str, str]]:
    """Returns the mandate of a file, a draft or a wallet, and all names: of the file and of the profile."""
    names = dict(caller.profile.names)
    if is_file(caller, text):
        content = read_text(text)
        if is_json(content):
            return _drafted(parse_json(content, text)), names
        found = parse_mandate(caller, content)
        return found.mandate, dict(found.names)
    try:
        address = caller.address(text)
    except InvalidInput as error:
        raise InvalidInput(f"{quote(text)} is neither a file nor a wallet. {error}") from None
    return mandate_in_force(caller, address), names


def _drafted(content: dict[str, Any]) -> Mandate:
    if "enrollment" in content:
        from peculium.answering import Draft

        return Draft.of(content).creation.mandate
    from peculium.drafts import MandateDraft

    return MandateDraft.of(content).mandate

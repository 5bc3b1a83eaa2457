"""`peculium explain`: what bytes mean."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.exits import Exit
from peculium.errors import InvalidInput, quote

if TYPE_CHECKING:
    from peculium.errors.money import Unit

_HEX = re.compile(r"0x([0-9a-fA-F]{2})+")


@command()
@click.argument("data", metavar="0x…")
def explain(caller: Caller, data: str) -> Answer:
    """Say what bytes mean: calldata, an error, an order, a mandate, a cheque, a hash.

    An order can also be given as JSON, as `peculium order sign` writes it. - reads standard input. With a network, amounts are whole units, and hashes are searched for on the chain.
    """
    from peculium.explain.meaning import meaning_of, tokens_in
    from peculium.explain.on_chain import find_hash, read_units

    text = click.get_text_stream("stdin").read().strip() if data == "-" else data.strip()
    if text.startswith("{"):
        text = _order(text)
    if not _HEX.fullmatch(text):
        raise InvalidInput(f"{quote(text)} isn't 0x and an even number of hex digits.")
    content = bytes.fromhex(text[2:])
    names, units = caller.profile.names, dict[str, "Unit"]()
    connected = caller.network_name or caller.profile.network
    if connected and (tokens := tokens_in(content)):
        units = read_units(caller.network.node, tokens)
    found = meaning_of(content, names, units)
    if connected and found.kind == "hash":
        found = find_hash(caller.network.node, content) or found
    return Answer(found, [str(found)], exit=Exit.FAILED if found.kind == "unknown" else Exit.OK)


def _order(text: str) -> str:
    # As the calldata that submits it.
    from web3 import Web3

    from peculium.emergency import submission_of
    from peculium.orders import KeptOrder
    from peculium.switch import RevocationSwitch

    try:
        content = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"That is neither hex nor JSON: {error}. Pass 0x…, or the JSON of an order.") from None
    kept = KeptOrder.of(content)
    return "0x" + submission_of(RevocationSwitch(Web3(), kept.switch), kept).data.hex()

"""The page of `peculium panic-sheet`: one HTML file without scripts and without anything that it loads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import segno

from peculium.emergency import EmergencyCall
from peculium.orders import KeptOrder

STYLE = """
body { font: 11pt/1.4 sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #000; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; border-top: 1px solid #000; padding-top: .5rem; }
section { break-inside: avoid; display: flex; gap: 1rem; align-items: flex-start; margin: 1rem 0; }
section > div { flex: 1; min-width: 0; }
code { font: 8.5pt/1.35 monospace; overflow-wrap: anywhere; display: block; background: #f2f2f2; padding: .3rem; margin: .3rem 0; }
p { margin: .2rem 0; } svg { flex: none; }
@media print { body { margin: 0; max-width: none; } code { background: none; border: 1px solid #999; } }
"""


@dataclass(frozen=True)
class Group:
    """Calls under a heading."""

    title: str
    calls: Sequence[EmergencyCall]


def page(facts: Sequence[tuple[str, str]], groups: Sequence[Group], orders: Sequence[KeptOrder]) -> str:
    """Returns the page. `facts` are names and values at its top."""
    rows = "".join(f"<p>{escape(name)}: <b>{escape(value)}</b></p>" for name, value in facts)
    sections = "".join(
        f"<h2>{escape(group.title)}</h2>{''.join(_call(each) for each in group.calls)}" for group in groups
    )
    kept = "".join(_order(each) for each in orders)
    heading = f"<h2>The signed orders as text</h2>{kept}" if orders else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Panic sheet</title>'
        f"<style>{STYLE}</style></head><body><h1>Stop the agents</h1>{rows}{_HOW}{sections}{heading}</body></html>\n"
    )


_HOW = (
    "<p>Nothing on this page needs Peculium's software. Each call has three forms: a code that a wallet on a phone scans "
    "(EIP-681; compare what the wallet shows with the text), a line for Foundry's <i>cast</i> (set ETH_RPC_URL to any node of "
    "the chain; it asks for your key), and the plain calldata for any other wallet. Each stop also works from the account of a "
    "guardian: in the line, put its address behind --from.</p>"
)


def qr(text: str, scale: float = 2.2) -> str:
    """Returns a QR code as inline SVG."""
    return segno.make(text, error="m", micro=False).svg_inline(scale=scale)


def order_text(kept: KeptOrder) -> str:
    """Returns an order as the sheet has it, in one line. `peculium order submit` takes it."""
    return json.dumps(kept.as_dict(), separators=(",", ":"))


def _call(call: EmergencyCall) -> str:
    sender = f"Sent by {call.sender}." if call.sender else "Sent by anybody."
    return (
        f"<section><div><p><b>{escape(call.title)}.</b> {escape(call.effect)} {escape(sender)}</p>"
        f"<code>{escape(call.cast())}</code><code>{escape(call.link())}</code>"
        f"<code>to {call.contract.address}, data 0x{call.data.hex()}</code></div>{qr(call.link(), _scale(call))}</section>"
    )


def _scale(call: EmergencyCall) -> float:
    # A long link has many modules, and must not be wider than the text beside it.
    return 2.2 if len(call.link()) < 200 else 1.4


def _order(kept: KeptOrder) -> str:
    text = order_text(kept)
    return (
        f"<section><div><p><b>The order {escape(kept.kind)}.</b> Submit it with peculium order submit, or with the call above.</p>"
        f"<code>{escape(text)}</code></div>{qr(text, 1.4)}</section>"
    )

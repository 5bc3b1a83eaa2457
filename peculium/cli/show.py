"""`peculium show`: one agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.reading import wallet_of

if TYPE_CHECKING:
    from peculium.explain import Sentence
    from peculium.watching import Standing


@command()
@click.argument("wallet")
def show(caller: Caller, wallet: str) -> Answer:
    """Show one agent: limits, money, payees, what is open, and its mandate in words.

    WALLET is an address, or a name of the profile.
    """
    from peculium.explain import WalletState, explain, text_of
    from peculium.overview import State
    from peculium.watching import Standings

    bound = wallet_of(caller, wallet)
    with caller.progress("Reading the agent…"):
        (standing,) = Standings(caller.network.node, [bound], caller.profile.names).read()
    overview = standing.overview
    sentences: Sequence[Sentence] = []
    if overview.mandate is not None:
        sentences = explain(overview.mandate, caller.profile.names, WalletState.of(overview))
    shown = [str(overview), *_last(standing)]
    if sentences and overview.state is not State.REVOKED:
        shown += ["", "The mandate in words", text_of(sentences)]
    facts = {name: value for name, value in overview.as_dict().items() if name != "has_key"}
    result = {**standing.as_dict(), "overview": facts, "mandate": [each.as_dict() for each in sentences]}
    return Answer(result, shown, _next(standing, wallet))


def _last(standing: Standing) -> list[str]:
    return [] if standing.last_payment is None else [f"Last payment: {standing.last_payment}"]


def _next(standing: Standing, wallet: str) -> str:
    from peculium.overview import State

    overview = standing.overview
    if overview.requests:
        return f"peculium requests {wallet}"
    return {
        State.PAUSED: f"peculium unpause {wallet}, or peculium revoke {wallet}",
        State.DORMANT: "peculium heartbeat check-in",
        State.REVOKED: f"peculium stop-proof {wallet}, then peculium withdraw {wallet}",
        State.NO_MANDATE: f"peculium grant {wallet} FILE",
        State.EXPIRED: f"peculium grant {wallet} FILE",
    }.get(overview.state, f"peculium pause {wallet} stops it at once")

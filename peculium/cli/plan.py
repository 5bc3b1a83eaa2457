"""`peculium plan`: what a deployment would do and cost."""

from __future__ import annotations

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.deploying import cost_sentence, entry_point_option, payer_address, payer_option, plan_table


@command()
@payer_option
@entry_point_option
def plan(caller: Caller, payer: str | None, entry_point: str) -> Answer:
    """Show what a deployment would create, what it costs now, and what can't be undone.

    Sends nothing.
    """
    from peculium.deployments.plan import IRREVERSIBLE, plan_deployment

    with caller.progress("Estimating…"):
        found = plan_deployment(caller.network, payer_address(caller, payer), entry_point=entry_point)
    lines = [] if found.complete else [*found.notes, "What can't be undone:", *(f"- {each}" for each in IRREVERSIBLE)]
    return Answer(
        found,
        [plan_table(found), cost_sentence(found), *lines],
        "peculium verify" if found.complete else "peculium deploy",
    )

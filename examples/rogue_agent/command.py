"""The command of the demo."""

from __future__ import annotations

import io
import json
import sys
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from examples.rogue_agent.capabilities import CapabilityScenes
from examples.rogue_agent.demo import Demo
from examples.rogue_agent.fleet import FleetScenes
from examples.rogue_agent.output import Output
from examples.rogue_agent.payments import START, PaymentScenes
from examples.rogue_agent.trades import TradeScenes
from examples.rogue_agent.user_operations import UserOperationScenes
from peculium.devnet import Devnet, DevnetError, run_anvil
from peculium.devnet.console import make_console

PAGE = Path(__file__).parents[2] / "docs" / "demo.md"
WIDTH = 96
"""Characters per line in a file or a pipe."""
PAGE_TEMPLATE = """\
# The demo

An agent with a mandate pays, goes rogue, is refused and is revoked. `make demo` runs it on a local
chain in about twenty seconds. It needs no account and no money. It fails if an attempt goes through, or
if a base unit is missing at the end.

The code is in `examples/rogue_agent`. `ape run demo --json` prints the results for a program, with the
gas of each kind of transaction. `ape run demo --update-docs` writes this page:

```
{session}
```
"""


def run_demo(console: Console) -> Demo:
    """Runs the demo on a local chain of its own."""
    output = Output(console)
    with ExitStack() as stack:
        with output.status("Starting a local chain and deploying the contracts"):
            demo = Demo(Devnet(stack.enter_context(run_anvil(START))), output)
        for scenes in (PaymentScenes, CapabilityScenes, TradeScenes, UserOperationScenes, FleetScenes):
            scenes(demo).run()
        demo.withdraw_all()
    output.result(demo.passed, len(demo.attempts))
    return demo


def page(session: str) -> str:
    """The text of docs/demo.md."""
    lines = (line.rstrip() for line in session.strip("\n").splitlines())
    return PAGE_TEMPLATE.format(session="\n".join(lines))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON instead of text.")
@click.option("--update-docs", is_flag=True, help="Write what the demo prints to docs/demo.md.")
def cli(as_json: bool, update_docs: bool) -> None:
    """Watch an agent pay, go rogue, be refused and be revoked, on a local chain."""
    session = io.StringIO()
    console = Console(file=session, width=WIDTH) if as_json or update_docs else make_console(WIDTH, highlight=False)
    try:
        demo = run_demo(console)
    except KeyboardInterrupt:
        click.echo("Interrupted. The local chain is stopped.", err=True)
        sys.exit(130)
    except DevnetError as error:
        click.echo(f"The demo cannot start: {error}", err=True)
        sys.exit(1)
    if update_docs:
        PAGE.write_text(page(session.getvalue()))
    if as_json:
        click.echo(json.dumps(demo.as_dict(), indent=2))
    elif update_docs:
        click.echo("Wrote docs/demo.md.")
    sys.exit(0 if demo.passed else 1)

"""`peculium deploy`: create the contracts that are missing."""

from __future__ import annotations

from pathlib import Path

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.deploying import cost_sentence, entry_point_option
from peculium.cli.folders import config_folder

JOURNAL = "deployments.db"


@command(signs=True)
@entry_point_option
@click.option("--manifest", type=click.Path(path_type=Path), help="Default: deployments/<chain id>.json.")
@click.option("--final-seconds", default=3600, show_default=True, help="How long to wait until it is final; 0: don't.")
def deploy(caller: Caller, entry_point: str, manifest: Path | None, final_seconds: int) -> Answer:
    """Deploy the contracts that are missing, wait until they are final, and write the manifest.

    Repeat it if it was interrupted: nothing is paid twice.
    """
    from peculium.deployments.deploy import deploy as deploy_now
    from peculium.deployments.plan import IRREVERSIBLE, plan_deployment
    from peculium.journal import Journal

    plan = plan_deployment(caller.network, caller.key.address, entry_point=entry_point).require()
    if not plan.complete:
        effect = "\n".join((cost_sentence(plan), *plan.notes, *IRREVERSIBLE))
        caller.confirm(f"{effect}\n{caller.key.address} pays on chain {plan.chain_id}.")
    path = manifest or Path("deployments") / f"{plan.chain_id}.json"
    folder = config_folder()
    folder.mkdir(parents=True, exist_ok=True)
    done = deploy_now(
        caller.network,
        caller.key,
        entry_point=entry_point,
        journal=Journal(folder / JOURNAL),
        manifest=path,
        report=lambda step: caller.say(step.text),
        final_seconds=final_seconds,
    )
    created = [each for each in done.contracts if not each.found]
    gas = sum(each.gas_used for each in created)
    what = f"{len(created)} transactions, {gas:,} gas." if created else "All contracts existed, so nothing was sent."
    text = f"{what} The code of all {len(done.contracts)} contracts is this package's. Wrote {path}."
    return Answer({**done.as_dict(), "manifest_file": str(path)}, [text], "peculium verify")

"""`ape run attacks`: plays every attack of tests/attacks on its own chain, and reports what each extracted.

The amounts are measured from the balances of the wallets, not taken from the tests. `--weakened` shows that the attacks are real:
it removes one check at a time from the contracts, and the attack on that check has to succeed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from peculium.devnet.console import make_console
from verification.attacks.report import PlayedAttack, attacks_in, print_attacks, print_weakened
from verification.attacks.weakened import FOLDER, ROOT, Finding, run_weakened, weakenings

COLLECTED = re.compile(r"collected (\d+) items|\[(\d+) items\]")
FINISHED = re.compile(r"\b(PASSED|FAILED|ERROR|XFAIL|XPASS)\b")


def play(console: Console) -> list[PlayedAttack]:
    """Runs the tests of the attacks, with a progress bar."""
    with tempfile.TemporaryDirectory() as folder, Progress(console=console, transient=True) as progress:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", str(FOLDER), "-v", "--tb=line", f"--junitxml={report}"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        task = progress.add_task("Playing the attacks", total=None)
        output: list[str] = []
        try:
            for line in process.stdout:
                output.append(line)
                if count := COLLECTED.search(line):
                    progress.update(task, total=int(count[1] or count[2]))
                elif "::" in line and FINISHED.search(line):
                    progress.advance(task)
        finally:
            # Ctrl-C also reaches pytest, which stops its chain by itself.
            process.wait()
        if not report.exists():
            raise click.ClickException(
                "Pytest did not run the attacks. Run `make compile`, then try again:\n" + "".join(output[-20:])
            )
        return attacks_in(report.read_text())


def play_weakened(console: Console) -> list[Finding]:
    """Runs each attack of `weakened.toml` without its check, with a progress bar."""
    listed = weakenings()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Removing checks", total=len(listed))
        return run_weakened(listed, lambda _: progress.advance(task))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for programs.")
@click.option("--weakened", is_flag=True, help="Remove one check at a time: the attack on it has to succeed.")
def cli(as_json: bool, weakened: bool) -> None:
    """Play every attack of tests/attacks and report what each extracted."""
    console = make_console(160, highlight=False)
    progress = Console(stderr=True, quiet=as_json)
    try:
        if weakened:
            findings = play_weakened(progress)
            passed = all(each.attack_succeeded for each in findings)
            document = {"weakenings": [{**asdict(each.weakening), "outcome": each.outcome} for each in findings]}
        else:
            attacks = play(progress)
            passed = bool(attacks) and all(attack.stopped for attack in attacks)
            document = {"attacks": [asdict(attack) for attack in attacks]}
    except KeyboardInterrupt:
        console.print("Stopped. The chain has been stopped too.")
        sys.exit(130)
    if as_json:
        print(json.dumps({"passed": passed, **document}, indent=2))
    elif weakened:
        print_weakened(console, findings)
    else:
        print_attacks(console, attacks)
    sys.exit(0 if passed else 1)

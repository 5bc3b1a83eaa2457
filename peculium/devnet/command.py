"""The command that runs a devnet until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from rich.console import Console

from peculium.devnet.anvil import run_live_anvil
from peculium.devnet.devnet import Devnet
from peculium.devnet.guide import description, show
from peculium.devnet.ready import ready_agent
from peculium.errors import PeculiumError

PORT = 8545
BLOCK_TIME = 12
SIGNALS = ("SIGTERM", "SIGHUP")
"""What ends the command beside Ctrl-C: a supervisor, and a closed terminal. Not every system has both."""


def main(
    arguments: Sequence[str],
    name: str = "python -m peculium.devnet",
    ready: Callable[[dict[str, Any]], None] | None = None,
) -> int:
    """Runs the command, which is called by this name. `ready` gets what the devnet has, once it runs. Returns the exit code: 0 after Ctrl-C, 1 if the devnet can't start or its node ends."""
    options = _parser(name).parse_args(arguments)
    for name in SIGNALS:
        number = getattr(signal, name, None)
        # Under nohup SIGHUP is ignored, and stays so.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    console = Console(stderr=True, highlight=False)
    try:
        with run_live_anvil(options.port, options.block_time) as (web3, process):
            with console.status("Starting the devnet…"):
                devnet = Devnet(web3)
                with_entry_point = devnet.add_entry_point()
                agent = ready_agent(devnet, key=devnet.role("agent"), salt=0)
                content = description(devnet, agent, with_entry_point)
            _print(content, as_json=options.json)
            if ready:
                ready(content)
            return _wait(process, console)
    except PeculiumError as error:
        console.print(f"devnet: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("The devnet ended. Nothing of it is kept.")
        return 0


def _print(content: dict[str, object], as_json: bool) -> None:
    if as_json:
        print(json.dumps(content, indent=2), flush=True)
    else:
        show(content, Console(highlight=False))


def _wait(process: subprocess.Popen[bytes], console: Console) -> int:
    # Anvil ends before the command only if somebody ends it, or if it fails.
    code = process.wait()
    console.print(f"devnet: Anvil ended with exit code {code}. Start the devnet again.", style="red")
    return 1


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=name,
        description="Run a local chain with the contracts, test dollars and an agent that is ready to pay. Ctrl-C ends it.",
    )
    parser.add_argument("--port", type=_port, default=PORT, help="port on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print addresses and keys as JSON on standard output")
    parser.add_argument(
        "--block-time",
        type=_seconds,
        default=BLOCK_TIME,
        metavar="SECONDS",
        help="time between empty blocks; transactions are mined at once (default: %(default)s)",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: pass a number from 1 to 65535")
    return int(text)


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: pass whole seconds, 1 or more")
    return int(text)

"""Fails if the compiler warns about a file of `contracts/`. ape drops warnings, so this runs the compiler without ape.

Warnings about imported libraries do not count.
"""

from __future__ import annotations

import sys
from typing import Any

from toolchain.compiler import CompilerError, ours, solve, standard_input


def main() -> int:
    # The ABI is the cheapest output for which the compiler analyzes the sources.
    task = standard_input({"*": {"*": ["abi"]}})
    try:
        messages = [each["formattedMessage"] for each in solve(task).get("errors", []) if counts(each)]
    except CompilerError as error:
        messages = [str(error)]
    for message in messages:
        print(message, file=sys.stderr)
    count = sum(map(ours, task["sources"]))
    print(f"solc: {count} files, {len(messages)} warnings or errors")
    return 1 if messages or not count else 0


def counts(message: dict[str, Any]) -> bool:
    return message["severity"] == "warning" and ours(message.get("sourceLocation", {}).get("file", ""))


if __name__ == "__main__":
    sys.exit(main())

"""Compiles the contracts as `ape compile` does and fails on the first sign of trouble: a warning is an error here.

ape drops the compiler's warnings. Those in `contracts/` count, those in the libraries it imports don't.
"""

from __future__ import annotations

import sys
from typing import Any

from toolchain.compiler import CompilerRefused, ours, solve, standard_input


def main() -> int:
    # The ABI needs the analysis but no code generation; no output at all would skip both.
    task = standard_input({"*": {"*": ["abi"]}})
    try:
        complaints = [each["formattedMessage"] for each in solve(task).get("errors", []) if counts(each)]
    except CompilerRefused as refusal:
        complaints = [str(refusal)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    count = sum(map(ours, task["sources"]))
    print(f"solc: {count} files, {len(complaints)} warnings or errors")
    return 1 if complaints or not count else 0


def counts(complaint: dict[str, Any]) -> bool:
    return complaint["severity"] == "warning" and ours(complaint.get("sourceLocation", {}).get("file", ""))


if __name__ == "__main__":
    sys.exit(main())

"""Checks what is written about the code, where a machine can: NatSpec, links, leaks and words.

`python -m toolchain.check_docs [folder]` prints each finding and exits with 1 if there is one. It needs only Python and git.
"""

from __future__ import annotations

import sys
from pathlib import Path

from toolchain.check_contracts import check_contracts
from toolchain.check_documents import check_documents
from toolchain.check_words import check_words
from toolchain.repository import Repository


def findings_in(repository: Repository) -> list[str]:
    """All findings, in the order of the rules."""
    check_contracts(repository)
    check_words(repository)
    check_documents(repository)
    return repository.findings


def main(arguments: list[str]) -> int:
    repository = Repository(Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent)
    findings = findings_in(repository)
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"docs: {len(repository.files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

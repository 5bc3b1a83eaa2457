"""Checks that links and paths in documents exist, and that no file names a machine or a package registry."""

from __future__ import annotations

import re
from pathlib import Path

from toolchain.repository import Repository

# Paths that exist on one machine only, and hosts of package registries.
MACHINE_PATH = re.compile(
    r"(?<![\w.:/<>}*-])/(?:home|Users|root|work|tmp|opt|mnt|srv|private|var/folders)/\w|\b[A-Z]:\\+(?:Users|Temp)\b"
)
REGISTRY_HOST = re.compile(
    r"\b(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|pypi\.python\.org|files\.pythonhosted\.org"
    r"|proxy\.golang\.org|crates\.io)\b|\bhttps?://[\w.-]*(?:artifactory|jfrog|nexus|verdaccio|devpi|codeartifact)",
    re.IGNORECASE,
)
BINARY = {".png", ".jpg", ".jpeg", ".gif", ".gz", ".ico", ".pdf", ".woff2"}

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
PATH_IN_CODE = re.compile(r"`((?:contracts|docs|examples|peculium|scripts|tests|toolchain|verification)/[\w./-]*)`")
DOCS_IN_SOURCE = re.compile(r"\bdocs/[\w-]+\.md\b")


def check_documents(repository: Repository) -> None:
    """All rules of this module."""
    check_links(repository)
    check_leaks(repository)


def check_links(repository: Repository) -> None:
    """What a document links to or names exists."""
    documents = [name for name in repository.files if name.endswith(".md")]
    if not documents:
        repository.report("docs", "no document found")
    for name in documents:
        text = re.sub(r"^```.*?^```", "", repository.read(name), flags=re.DOTALL | re.MULTILINE)
        for link in LINK.finditer(re.sub(r"`[^`\n]*`", "", text)):
            check_link(repository, name, link.group(1) or link.group(2))
        for path in PATH_IN_CODE.findall(text):
            if not (repository.root / path).exists():
                repository.report(name, f"names {path}, which does not exist")
    for name in repository.files:
        if name.endswith((".sol", ".py")) and not name.startswith("tests/"):
            for path in DOCS_IN_SOURCE.findall(repository.read(name)):
                if not (repository.root / path).exists():
                    repository.report(name, f"names {path}, which does not exist")


def check_link(repository: Repository, name: str, target: str) -> None:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return
    path, _, anchor = target.partition("#")
    file = (repository.root / name).parent / path if path else repository.root / name
    if target.startswith("/") or not file.resolve().is_relative_to(repository.root.resolve()) or not file.exists():
        repository.report(name, f"links to {target}, which does not exist")
        return
    if anchor and file.suffix == ".md":
        headings = re.findall(
            r"^#+ (.*)$", repository.read(file.resolve().relative_to(repository.root.resolve()).as_posix()), re.M
        )
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
        if anchor not in slugs:
            repository.report(name, f"links to {target}, which has no such heading")


def check_leaks(repository: Repository) -> None:
    """No file names a path of one machine or the host of a package registry."""
    if not repository.files:
        repository.report(".", "no file found")
    for name in repository.files:
        if Path(name).suffix.lower() in BINARY or (repository.root / name).is_symlink():
            continue
        for number, line in enumerate(repository.read(name).split("\n"), 1):
            if MACHINE_PATH.search(line):
                repository.report(f"{name}:{number}", "names a path of one machine")
            if REGISTRY_HOST.search(line):
                repository.report(f"{name}:{number}", "names the host of a package registry")

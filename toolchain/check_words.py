"""Checks the words of the repository: those that `words.toml` and the glossary refuse, and those that the glossary must explain."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from toolchain.repository import Repository

WORDS = Path(__file__).with_name("words.toml")
GLOSSARY = "docs/glossary.md"
CHECKED = (".cjs", ".md", ".py", ".sh", ".sol", ".toml", ".yaml", ".yml")
# The parts of an identifier: `MAX_fooBarURI` has "max", "foo", "bar" and "uri".
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
TYPE = re.compile(r"^[ \t]*(?:abstract\s+)?(?:contract|struct|enum|interface|library)\s+(\w+)", re.MULTILINE)


def check_words(repository: Repository) -> None:
    """All rules of this module."""
    rules = tomllib.loads(WORDS.read_text())
    check_refused(repository, rules)
    check_avoided(repository)
    check_glossary(repository, set(rules["ordinary"]["words"]))


def check_refused(repository: Repository, rules: dict[str, Any]) -> None:
    """No text uses a word or a phrase of `words.toml`, unless it is allowed there with a reason."""
    exact = {word: new for word, new in rules["instead"].items() if not word.endswith("*")}
    stems = {word[:-1]: new for word, new in rules["instead"].items() if word.endswith("*")}
    allowed = {(each["path"], word) for each in rules["allowed"] for word in each["words"]}
    used = set()

    def refused(line: str) -> dict[str, str]:
        parts = [part.lower() for part in PART.findall(line)]
        found = {part: exact[part] for part in parts if part in exact}
        found |= {stem: new for stem, new in stems.items() if any(part.startswith(stem) for part in parts)}
        return found | {phrase: new for phrase, new in rules["phrases"].items() if phrase in line.lower()}

    for name in repository.files:
        if name.endswith(CHECKED) and name != f"toolchain/{WORDS.name}":
            for number, line in enumerate(repository.read(name).split("\n"), 1):
                for word, new in refused(line).items():
                    if (name, word) in allowed:
                        used.add((name, word))
                    else:
                        repository.report(f"{name}:{number}", f'"{word}": write {new}')
    for name, word in sorted(allowed - used):
        if name not in repository.files:
            continue
        repository.report(
            f"toolchain/{WORDS.name}", f'"{word}" does not occur in {name} any more: remove the exception'
        )


def check_avoided(repository: Repository) -> None:
    """Contracts and package use one word for one thing: not those of the glossary's last table."""
    section = repository.read(GLOSSARY).partition("## Words that are not used")[2]
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+?) \| ([^|]*?) ?\|$", section, re.MULTILINE)
    if not rows:
        repository.report(GLOSSARY, "the table of words that are not used is not found")
    names = [name for name in repository.files if re.match(r"contracts/.*\.sol$|peculium/.*\.py$", name)]
    for folder in ("contracts", "peculium"):
        if not any(name.startswith(f"{folder}/") for name in names):
            repository.report(folder, "no file found")
    texts = {name: repository.read(name).split("\n") for name in names}
    for word, instead, exceptions in rows:
        # At the beginning of a word, of a part of camelCase, or of a part of snake_case.
        pattern = re.compile(
            rf"(?<![a-z])(?:{word}|{word.capitalize()})|(?<![A-Za-z]){word.upper()}|[a-z]{word.capitalize()}"
        )
        for name, lines in texts.items():
            if name in exceptions or ("mocks" in exceptions and name.startswith("contracts/mocks/")):
                continue
            for number, line in enumerate(lines, 1):
                if pattern.search(line):
                    repository.report(f"{name}:{number}", f'"{word}": the word is {instead}')


def check_glossary(repository: Repository, ordinary: set[str]) -> None:
    """The glossary explains every noun in the name of a contract, library, interface, struct or enum."""
    explained = {singular(part.lower()) for part in PART.findall(repository.read(GLOSSARY))}
    missing: dict[str, str] = {}
    for name in repository.files:
        if re.match(r"contracts/(?!mocks/).*\.sol$", name):
            for identifier in TYPE.findall(repository.read(name)):
                # An interface is named like `IWallet`.
                words = PART.findall(identifier[1:] if re.match(r"I[A-Z]", identifier) else identifier)
                for part in (singular(word.lower()) for word in words):
                    if part not in explained and part not in ordinary:
                        missing.setdefault(part, f"{name}, {identifier}")
    for part, where in sorted(missing.items()):
        repository.report(GLOSSARY, f'does not explain "{part}" ({where})')


def singular(word: str) -> str:
    return word.removesuffix("s")

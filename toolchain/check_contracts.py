"""Checks the NatSpec of the contracts and the length of their files and functions. A rule without a subject is a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from toolchain.repository import Repository

MAX_FILE_LINES = 440
MAX_FUNCTION_LINES = 45

# A struct documents each of its fields, except these.
SELF_EVIDENT = {
    "Payment": "its fields are the arguments of `pay`",
    "MetadataEntry": "its fields are fixed by ERC-8004",
    "MandateHead": "its fields are those of `Mandate`, the long ones by their hashes",
}

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DECLARATION = re.compile(r"^[ \t]*(function|error|event|struct|enum|interface)\s+(\w+)", re.MULTILINE)
CONTRACT = re.compile(r"^[ \t]*(abstract\s+)?contract\s+(\w+)", re.MULTILINE)
BODY = re.compile(r"^[ \t]*(?:(?:function|modifier)\s+(\w+)|(constructor|receive|fallback)\b)", re.MULTILINE)
GETTER = re.compile(r"^[ \t]*[\w.]+(?:\([^;]*?\))?\s+(?:[\w\s]*\s)?public\s+[\w\s]*?(\w+)\s*(?:=|;)", re.MULTILINE)


def check_contracts(repository: Repository) -> None:
    """All rules of this module."""
    check_kill(repository)
    check_interfaces(repository)
    check_implementations(repository)
    check_sizes(repository)


@dataclass
class Source:
    """A Solidity file: its text, and its code with comments and strings blanked out."""

    name: str
    text: str
    lines: list[str] = field(init=False)
    code: str = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")
        self.code = COMMENT_OR_STRING.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), self.text)

    def line_of(self, position: int) -> int:
        """The line of a position, from zero. A match may begin with the line breaks before it."""
        return self.code.count("\n", 0, position)

    def doc_above(self, line: int) -> str:
        """The NatSpec directly above a line, without its comment marks."""
        found: list[str] = []
        line -= 1
        if line >= 0 and self.lines[line].strip().endswith("*/"):
            while line >= 0:
                found.append(self.lines[line].strip().strip("/*").strip())
                if self.lines[line].strip().startswith("/*"):
                    return "\n".join(reversed(found)) if self.lines[line].strip().startswith("/**") else ""
                line -= 1
            return ""
        while line >= 0 and self.lines[line].strip().startswith("///"):
            found.append(self.lines[line].strip()[3:].strip())
            line -= 1
        return "\n".join(reversed(found))

    def end_of(self, start: int) -> tuple[int, bool]:
        """Where a declaration ends, and whether it has a body: at its semicolon, or at the brace that closes it."""
        depth = 0
        for position in range(start, len(self.code)):
            char = self.code[position]
            if char == ";" and depth == 0:
                return position, False
            if char == "{":
                depth += 1
            if char == "}":
                depth -= 1
                if depth == 0:
                    return position, True
        return len(self.code), True


def sources(repository: Repository) -> list[Source]:
    names = [name for name in repository.files if name.startswith("contracts/") and name.endswith(".sol")]
    if not names:
        repository.report("contracts", "no Solidity file found")
    return [Source(name, repository.read(name)) for name in names]


def sources_in(repository: Repository, *folders: str) -> list[Source]:
    """The Solidity files directly in these folders; an empty folder is a finding."""
    found = []
    every = sources(repository)
    for folder in folders:
        inside = [source for source in every if source.name.rpartition("/")[0] == folder]
        if not inside:
            repository.report(folder, "no Solidity file found")
        found += inside
    return found


def check_kill(repository: Repository) -> None:
    """Every deployable contract documents how it is stopped, and what still works then."""
    count = 0
    for source in sources_in(repository, "contracts", "contracts/mocks"):
        for match in CONTRACT.finditer(source.code):
            if match.group(1):
                continue
            count += 1
            line = source.line_of(match.end())
            kill = re.search(r"@custom:kill\b[ \t]*([^@]*)", source.doc_above(line))
            if kill is None or not kill.group(1).strip():
                repository.report(f"{source.name}:{line + 1}", f"contract {match.group(2)} has no @custom:kill")
    if not count:
        repository.report("contracts", "no deployable contract found")


def check_interfaces(repository: Repository) -> None:
    """Every declaration of an interface is documented there."""
    count = 0
    for source in sources_in(repository, "contracts/interfaces"):
        documented = {-1}
        for match in DECLARATION.finditer(source.code):
            count += 1
            kind, name = match.groups()
            line = source.line_of(match.start(1))
            where = f"{source.name}:{line + 1}"
            doc = source.doc_above(line)
            # Consecutive getters may share one sentence.
            grouped = kind == "function" and not doc and line - 1 in documented
            if not grouped and not re.search(r"@(notice|inheritdoc)[ \t]+\S", doc):
                repository.report(where, f"{kind} {name} has no @notice and no @inheritdoc")
            else:
                documented.add(line)
            check_params(repository, source, match, doc, where)
    if not count:
        repository.report("contracts/interfaces", "no declaration found")


def check_params(repository: Repository, source: Source, match: re.Match[str], doc: str, where: str) -> None:
    kind, name = match.groups()
    if kind in ("enum", "interface"):
        return
    end, _ = source.end_of(match.start(1))
    declaration = source.code[match.end() : end]
    documented_names = re.findall(r"@param[ \t]+(\w+)[ \t]+\S", doc)
    if kind == "struct":
        names = re.findall(r"(\w+)\s*;", declaration)
        if not names:
            repository.report(where, f"struct {name}: no field found")
        if name not in SELF_EVIDENT:
            for missing in [each for each in names if each not in documented_names]:
                repository.report(where, f"struct {name} has no @param {missing}")
    else:
        inside = declaration[: declaration.find(")")] if kind == "function" else declaration
        names = re.findall(r"(\w+)\s*(?:,|\)|$)", inside.strip())
    for stray in [each for each in re.findall(r"@param[ \t]+(\w+)", doc) if each not in names]:
        repository.report(where, f"{kind} {name} has no {stray}, which @param documents")


def check_implementations(repository: Repository) -> None:
    """An implementation refers to the NatSpec of its interface and does not repeat it."""
    declared: dict[str, set[str]] = {}
    for source in sources_in(repository, "contracts/interfaces"):
        interface = ""
        for match in DECLARATION.finditer(source.code):
            if match.group(1) == "interface":
                interface = match.group(2)
            if match.group(1) == "function":
                declared.setdefault(match.group(2), set()).add(interface)
    count = 0
    for source in sources_in(repository, "contracts", "contracts/wallet"):
        for name, line in public_members(source):
            count += 1
            where = f"{source.name}:{line + 1}"
            doc = source.doc_above(line)
            if name not in declared:
                if not re.search(r"@(notice|inheritdoc)[ \t]+\S", doc):
                    repository.report(where, f"{name} is in no interface and has no @notice")
                continue
            only = re.fullmatch(r"@inheritdoc[ \t]+(\w+)", doc.strip())
            if only is None:
                repository.report(where, f"{name} is documented by its interface: say @inheritdoc, and no more")
            elif only.group(1) not in declared[name]:
                repository.report(where, f"{name} is not declared in {only.group(1)}")
    if not count:
        repository.report("contracts", "no public function found")


def public_members(source: Source) -> Iterator[tuple[str, int]]:
    for match in DECLARATION.finditer(source.code):
        if match.group(1) == "function":
            head = re.split(r"[{;]", source.code[match.end() :], maxsplit=1)[0]
            if re.search(r"\b(external|public)\b", head):
                yield match.group(2), source.line_of(match.start(1))
    for match in GETTER.finditer(source.code):
        yield match.group(1), source.line_of(match.start() + len(match.group()) - len(match.group().lstrip()))


def check_sizes(repository: Repository) -> None:
    """Files and functions are short enough to read."""
    count = 0
    for source in sources(repository):
        length = len(source.text.splitlines())
        if length > MAX_FILE_LINES:
            repository.report(source.name, f"{length} lines, at most {MAX_FILE_LINES}")
        for match in BODY.finditer(source.code):
            end, has_body = source.end_of(match.end())
            if not has_body:
                continue
            count += 1
            first = source.line_of(match.start(1) if match.group(1) else match.start(2))
            length = source.line_of(end) - first + 1
            if length > MAX_FUNCTION_LINES:
                name = match.group(1) or match.group(2)
                repository.report(f"{source.name}:{first + 1}", f"{name}: {length} lines, at most {MAX_FUNCTION_LINES}")
    if not count:
        repository.report("contracts", "no function found")

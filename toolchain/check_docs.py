"""Checks that what is written about the contracts is there, and is true where a machine can tell.

`python toolchain/check_docs.py [folder]` prints each finding and exits with 1 if there is one. It fails closed: what it can't
read, and a rule that found nothing to look at, is a finding. It needs nothing but Python and git.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

MAX_FILE_LINES = 440
MAX_FUNCTION_LINES = 45

# A struct documents each of its fields, but for these.
SELF_EVIDENT = {
    "Payment": "its fields are the arguments of `pay`",
    "MetadataEntry": "its fields are fixed by ERC-8004",
    "MandateHead": "its fields are those of `Mandate`, the long ones by their hashes",
}

# Paths that exist on one machine only, and hosts of package registries and their mirrors.
MACHINE_PATH = re.compile(
    r"(?<![\w.:/<>}*-])/(?:home|Users|root|work|tmp|opt|mnt|srv|private|var/folders)/\w|\b[A-Z]:\\+(?:Users|Temp)\b"
)
REGISTRY_HOST = re.compile(
    r"\b(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|pypi\.python\.org|files\.pythonhosted\.org"
    r"|proxy\.golang\.org|crates\.io)\b|\bhttps?://[\w.-]*(?:artifactory|jfrog|nexus|verdaccio|devpi|codeartifact)",
    re.IGNORECASE,
)
BINARY = {".png", ".jpg", ".jpeg", ".gif", ".ico", ".pdf", ".woff2"}

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DECLARATION = re.compile(r"^[ \t]*(function|error|event|struct|enum|interface)\s+(\w+)", re.MULTILINE)
CONTRACT = re.compile(r"^[ \t]*(abstract\s+)?contract\s+(\w+)", re.MULTILINE)
BODY = re.compile(r"^[ \t]*(?:(?:function|modifier)\s+(\w+)|(constructor|receive|fallback)\b)", re.MULTILINE)
GETTER = re.compile(r"^[ \t]*[\w.]+(?:\([^;]*?\))?\s+(?:[\w\s]*\s)?public\s+[\w\s]*?(\w+)\s*(?:=|;)", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
PATH_IN_CODE = re.compile(r"`((?:contracts|docs|peculium|scripts|tests|toolchain)/[\w./-]*)`")
DOCS_IN_SOURCE = re.compile(r"\bdocs/[\w-]+\.md\b")


@dataclass
class Source:
    """A Solidity file: as it stands, and with comments and strings blanked out."""

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
        """The NatSpec that ends right above a line, without its marks."""
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


class Checker:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.findings: list[str] = []

    def run(self) -> list[str]:
        """All findings, in the order of the rules."""
        self.check_kill()
        self.check_interfaces()
        self.check_implementations()
        self.check_sizes()
        self.check_words()
        self.check_links()
        self.check_leaks()
        return self.findings

    def report(self, where: str, what: str) -> None:
        self.findings.append(f"{where}: {what}")

    # FILES

    @cached_property
    def files(self) -> list[str]:
        """What is, or would be, in the repository: tracked files, and new ones that aren't ignored."""
        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            answer = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        except (OSError, subprocess.CalledProcessError, UnicodeDecodeError) as error:
            self.report(".", f"git doesn't list the files ({error})")
            return []
        return sorted({name for name in answer.split("\0") if name})

    def read(self, name: str) -> str:
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            finding = f"can't be read ({error})"
            if f"{name}: {finding}" not in self.findings:
                self.report(name, finding)
            return ""

    @cached_property
    def sources(self) -> list[Source]:
        names = [name for name in self.files if name.startswith("contracts/") and name.endswith(".sol")]
        if not names:
            self.report("contracts", "no Solidity file found")
        return [Source(name, self.read(name)) for name in names]

    def sources_in(self, *folders: str) -> list[Source]:
        """The Solidity files right in these folders; none is a finding."""
        found = []
        for folder in folders:
            inside = [source for source in self.sources if source.name.rpartition("/")[0] == folder]
            if not inside:
                self.report(folder, "no Solidity file found")
            found += inside
        return found

    # RULES

    def check_kill(self) -> None:
        """Every contract that can be deployed says how it is stopped, and what still works then."""
        count = 0
        for source in self.sources_in("contracts", "contracts/mocks"):
            for match in CONTRACT.finditer(source.code):
                if match.group(1):
                    continue
                count += 1
                line = source.line_of(match.end())
                kill = re.search(r"@custom:kill\b[ \t]*([^@]*)", source.doc_above(line))
                if kill is None or not kill.group(1).strip():
                    self.report(f"{source.name}:{line + 1}", f"contract {match.group(2)} has no @custom:kill")
        if not count:
            self.report("contracts", "no deployable contract found")

    def check_interfaces(self) -> None:
        """Everything that an interface declares is documented there."""
        count = 0
        for source in self.sources_in("contracts/interfaces"):
            documented = {-1}
            for match in DECLARATION.finditer(source.code):
                count += 1
                kind, name = match.groups()
                line = source.line_of(match.start(1))
                where = f"{source.name}:{line + 1}"
                doc = source.doc_above(line)
                # Getters may stand in one block under one sentence.
                grouped = kind == "function" and not doc and line - 1 in documented
                if not grouped and not re.search(r"@(notice|inheritdoc)[ \t]+\S", doc):
                    self.report(where, f"{kind} {name} has no @notice and no @inheritdoc")
                else:
                    documented.add(line)
                self.check_params(source, match, doc, where)
        if not count:
            self.report("contracts/interfaces", "no declaration found")

    def check_params(self, source: Source, match: re.Match[str], doc: str, where: str) -> None:
        kind, name = match.groups()
        if kind in ("enum", "interface"):
            return
        end, _ = source.end_of(match.start(1))
        declaration = source.code[match.end() : end]
        told = re.findall(r"@param[ \t]+(\w+)[ \t]+\S", doc)
        if kind == "struct":
            names = re.findall(r"(\w+)\s*;", declaration)
            if not names:
                self.report(where, f"struct {name}: no field found")
            if name not in SELF_EVIDENT:
                for missing in [each for each in names if each not in told]:
                    self.report(where, f"struct {name} has no @param {missing}")
        else:
            inside = declaration[: declaration.find(")")] if kind == "function" else declaration
            names = re.findall(r"(\w+)\s*(?:,|\)|$)", inside.strip())
        for stray in [each for each in re.findall(r"@param[ \t]+(\w+)", doc) if each not in names]:
            self.report(where, f"{kind} {name} has no {stray}, which @param documents")

    def check_implementations(self) -> None:
        """One truth: what an interface documents is only referred to where it is implemented."""
        declared: dict[str, set[str]] = {}
        for source in self.sources_in("contracts/interfaces"):
            interface = ""
            for match in DECLARATION.finditer(source.code):
                if match.group(1) == "interface":
                    interface = match.group(2)
                if match.group(1) == "function":
                    declared.setdefault(match.group(2), set()).add(interface)
        count = 0
        for source in self.sources_in("contracts", "contracts/wallet"):
            for name, line in self.public_members(source):
                count += 1
                where = f"{source.name}:{line + 1}"
                doc = source.doc_above(line)
                if name not in declared:
                    if not re.search(r"@(notice|inheritdoc)[ \t]+\S", doc):
                        self.report(where, f"{name} is in no interface and has no @notice")
                    continue
                only = re.fullmatch(r"@inheritdoc[ \t]+(\w+)", doc.strip())
                if only is None:
                    self.report(where, f"{name} is documented by its interface: say @inheritdoc, and no more")
                elif only.group(1) not in declared[name]:
                    self.report(where, f"{name} isn't declared in {only.group(1)}")
        if not count:
            self.report("contracts", "no public function found")

    @staticmethod
    def public_members(source: Source) -> Iterator[tuple[str, int]]:
        for match in DECLARATION.finditer(source.code):
            if match.group(1) == "function":
                head = re.split(r"[{;]", source.code[match.end() :], maxsplit=1)[0]
                if re.search(r"\b(external|public)\b", head):
                    yield match.group(2), source.line_of(match.start(1))
        for match in GETTER.finditer(source.code):
            yield match.group(1), source.line_of(match.start() + len(match.group()) - len(match.group().lstrip()))

    def check_sizes(self) -> None:
        """What doesn't fit on a few screens isn't read."""
        count = 0
        for source in self.sources:
            length = len(source.text.splitlines())
            if length > MAX_FILE_LINES:
                self.report(source.name, f"{length} lines, at most {MAX_FILE_LINES}")
            for match in BODY.finditer(source.code):
                end, has_body = source.end_of(match.end())
                if not has_body:
                    continue
                count += 1
                first = source.line_of(match.start(1) if match.group(1) else match.start(2))
                length = source.line_of(end) - first + 1
                if length > MAX_FUNCTION_LINES:
                    name = match.group(1) or match.group(2)
                    self.report(f"{source.name}:{first + 1}", f"{name}: {length} lines, at most {MAX_FUNCTION_LINES}")
        if not count:
            self.report("contracts", "no function found")

    def check_words(self) -> None:
        """One word for one thing: what the glossary's last table lists isn't said."""
        section = self.read("docs/glossary.md").partition("## Words that are not used")[2]
        rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+?) \| ([^|]*?) ?\|$", section, re.MULTILINE)
        if not rows:
            self.report("docs/glossary.md", "the table of words that are not used isn't found")
        package = [name for name in self.files if name.startswith("peculium/") and name.endswith(".py")]
        if not package:
            self.report("peculium", "no Python file found")
        texts = {source.name: source.lines for source in self.sources}
        texts |= {name: self.read(name).split("\n") for name in package}
        for word, instead, allowed in rows:
            # At the beginning of a word, of a part of camelCase, or of a part of snake_case.
            said = re.compile(
                rf"(?<![a-z])(?:{word}|{word.capitalize()})|(?<![A-Za-z]){word.upper()}|[a-z]{word.capitalize()}"
            )
            for name, lines in texts.items():
                if name in allowed or ("mocks" in allowed and name.startswith("contracts/mocks/")):
                    continue
                for number, line in enumerate(lines, 1):
                    if said.search(line):
                        self.report(f"{name}:{number}", f'"{word}": the word is {instead}')

    def check_links(self) -> None:
        """What a document points to is there."""
        documents = [name for name in self.files if name.endswith(".md")]
        if not documents:
            self.report("docs", "no document found")
        for name in documents:
            text = re.sub(r"^```.*?^```", "", self.read(name), flags=re.DOTALL | re.MULTILINE)
            for link in LINK.finditer(re.sub(r"`[^`\n]*`", "", text)):
                self.check_link(name, link.group(1) or link.group(2))
            for path in PATH_IN_CODE.findall(text):
                if not (self.root / path).exists():
                    self.report(name, f"names {path}, which isn't there")
        for name in self.files:
            if name.endswith((".sol", ".py")) and not name.startswith("tests/"):
                for path in DOCS_IN_SOURCE.findall(self.read(name)):
                    if not (self.root / path).exists():
                        self.report(name, f"names {path}, which isn't there")

    def check_link(self, name: str, target: str) -> None:
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            return
        path, _, anchor = target.partition("#")
        file = (self.root / name).parent / path if path else self.root / name
        if target.startswith("/") or not file.resolve().is_relative_to(self.root.resolve()) or not file.exists():
            self.report(name, f"links to {target}, which isn't there")
            return
        if anchor and file.suffix == ".md":
            headings = re.findall(
                r"^#+ (.*)$", self.read(file.resolve().relative_to(self.root.resolve()).as_posix()), re.M
            )
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
            if anchor not in slugs:
                self.report(name, f"links to {target}, which has no such heading")

    def check_leaks(self) -> None:
        """Nothing that is tracked names a place on somebody's machine, or where packages came from."""
        if not self.files:
            self.report(".", "no file found")
        for name in self.files:
            if Path(name).suffix.lower() in BINARY or (self.root / name).is_symlink():
                continue
            for number, line in enumerate(self.read(name).split("\n"), 1):
                if MACHINE_PATH.search(line):
                    self.report(f"{name}:{number}", "names a path of one machine")
                if REGISTRY_HOST.search(line):
                    self.report(f"{name}:{number}", "names the host of a package registry")


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    checker = Checker(root)
    findings = checker.run()
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"docs: {len(checker.files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

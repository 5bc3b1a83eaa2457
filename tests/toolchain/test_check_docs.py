"""`toolchain.check_docs` passes on the repository and finds an injected violation of each rule."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.check_contracts import MAX_FILE_LINES, MAX_FUNCTION_LINES
from toolchain.check_docs import findings_in
from toolchain.check_documents import PATH_IN_CODE
from toolchain.repository import Repository

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "toolchain.check_docs"]
FOLDERS = ("LICENSE", "contracts", "docs", "examples", "peculium")
PAY = "    /// @inheritdoc IPayments\n    function pay("
LONG = "\n".join(["    uint256 a = 1;"] * 45)


@pytest.fixture(scope="module")
def tracked():
    return [name for name in Repository(ROOT).files if name.split("/")[0] in FOLDERS or name.endswith(".md")]


@pytest.fixture
def copy(tracked, tmp_path):
    """A repository with the real contracts, documents and package, and an empty file for every path that they name."""
    for name in tracked:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    for name in (name for name in tracked if name.endswith(".md")):
        for path in PATH_IN_CODE.findall((tmp_path / name).read_text()):
            file = tmp_path / path
            if not file.exists():
                (file if path.endswith("/") else file.parent).mkdir(parents=True, exist_ok=True)
                if not path.endswith("/"):
                    file.touch()
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def findings(root):
    return findings_in(Repository(root))


def replace(root, name, old, new):
    text = (root / name).read_text()
    assert old in text, f"{name} no longer has what this test changes"
    (root / name).write_text(text.replace(old, new, 1))


def add(root, name, text):
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + text)


# Of each violation: the expected finding, and how it is injected.
VIOLATIONS = {
    "a contract without @custom:kill": (
        "contract RevocationSwitch has no @custom:kill",
        lambda root: replace(root, "contracts/RevocationSwitch.sol", "@custom:kill", "@custom:killed"),
    ),
    "an empty @custom:kill": (
        "contract Thing has no @custom:kill",
        lambda root: add(root, "contracts/Thing.sol", "/// @title Thing\n/// @custom:kill\ncontract Thing {}\n"),
    ),
    "a @custom:kill that isn't right above": (
        "contract Thing has no @custom:kill",
        lambda root: add(root, "contracts/Thing.sol", "/// @custom:kill Never.\n\ncontract Thing {}\n"),
    ),
    "a @custom:kill in a string": (
        "contract Thing has no @custom:kill",
        lambda root: add(root, "contracts/Thing.sol", 'string constant A = "@custom:kill x";\ncontract Thing {}\n'),
    ),
    "a test double without @custom:kill": (
        "contract Thing has no @custom:kill",
        lambda root: add(root, "contracts/mocks/Thing.sol", "contract Thing {}\n"),
    ),
    "an undocumented function": (
        "function pay has no @notice",
        lambda root: replace(root, "contracts/interfaces/IPayments.sol", "    function pay(", "\n    function pay("),
    ),
    "an undocumented error": (
        "error Bare has no @notice",
        lambda root: replace(
            root, "contracts/interfaces/IMandate.sol", "interface IMandate {", "interface IMandate {\n    error Bare();"
        ),
    ),
    "an undocumented event": (
        "event Bare has no @notice",
        lambda root: replace(
            root, "contracts/interfaces/IMandate.sol", "interface IMandate {", "interface IMandate {\n    event Bare();"
        ),
    ),
    "an undocumented struct": (
        "struct Bare has no @notice",
        lambda root: add(root, "contracts/interfaces/IMandate.sol", "\nstruct Bare {\n    uint256 a;\n}\n"),
    ),
    "an undocumented field": (
        "struct Token has no @param decimals",
        lambda root: replace(root, "contracts/interfaces/IMandate.sol", "/// @param decimals Its", "/// Its"),
    ),
    "a documented field that isn't there": (
        "struct Token has no digits",
        lambda root: replace(
            root, "contracts/interfaces/IMandate.sol", "/// @param token The", "/// @param digits The"
        ),
    ),
    "a documented parameter that isn't there": (
        "struct Payment has no sum",
        lambda root: replace(
            root,
            "contracts/interfaces/IPayments.sol",
            "    /// @param amount Amount (token base units, or wei); not zero.",
            "    /// @param sum Amount (token base units, or wei); not zero.",
        ),
    ),
    "an implementation without documentation": (
        "pay is documented by its interface",
        lambda root: replace(root, "contracts/wallet/Payments.sol", PAY, "    function pay("),
    ),
    "an implementation with a documentation of its own": (
        "pay is documented by its interface",
        lambda root: replace(root, "contracts/wallet/Payments.sol", PAY, "    /// @notice Pays.\n    function pay("),
    ),
    "an implementation that says more": (
        "pay is documented by its interface",
        lambda root: replace(root, "contracts/wallet/Payments.sol", PAY, "    /// @dev Quick.\n" + PAY),
    ),
    "an implementation that refers to the wrong interface": (
        "pay is not declared in ISwitchable",
        lambda root: replace(
            root, "contracts/wallet/Payments.sol", PAY, "    /// @inheritdoc ISwitchable\n    function pay("
        ),
    ),
    "a getter without documentation": (
        "REGISTRY is documented by its interface",
        lambda root: replace(
            root,
            "contracts/AgentWalletFactory.sol",
            "    /// @inheritdoc IAgentWalletFactory\n    address public immutable REGISTRY;",
            "    address public immutable REGISTRY;",
        ),
    ),
    "a public function of no interface without documentation": (
        "bare is in no interface",
        lambda root: add(
            root,
            "contracts/Thing.sol",
            "/// @custom:kill Never.\ncontract Thing {\n    function bare() external {}\n}\n",
        ),
    ),
    "a long file": (
        f"lines, at most {MAX_FILE_LINES}",
        lambda root: add(root, "contracts/AgentWallet.sol", "\n" * MAX_FILE_LINES),
    ),
    "a long function": (
        f"long: 47 lines, at most {MAX_FUNCTION_LINES}",
        lambda root: add(root, "contracts/ledger/Thing.sol", f"function long() pure {{\n{LONG}\n}}\n"),
    ),
    "a word that isn't used, in a contract": (
        '"suspend": the word is pause',
        lambda root: add(root, "contracts/ledger/Thing.sol", "// the agent is Suspended\n"),
    ),
    "a word that isn't used, inside a name": (
        '"quota": the word is limit',
        lambda root: add(root, "peculium/units.py", "dailyQuota = day_quota = 1\n"),
    ),
    "a word of the tokens outside of the test doubles": (
        '"allowance": the word is limit',
        lambda root: add(root, "peculium/units.py", "# its allowance\n"),
    ),
    "a refused word": (
        '"lane": write nonce key',
        lambda root: add(root, "docs/glossary.md", "\nThe lane of an operation.\n"),
    ),
    "a refused word in an identifier": (
        '"lane": write nonce key',
        lambda root: add(root, "peculium/units.py", "first_lane = 1\n"),
    ),
    "a British spelling": (
        '"authoris": write authoriz',
        lambda root: add(root, "peculium/units.py", "# it is " + "authoris" + "ed\n"),
    ),
    "a refused phrase": (
        '"takes home": write withdraws',
        lambda root: add(root, "docs/glossary.md", "\nThe principal takes home the money.\n"),
    ),
    "a type whose noun the glossary does not explain": (
        'does not explain "gizmo"',
        lambda root: add(root, "contracts/wallet/Payments.sol", "\nstruct Gizmo {\n    uint256 a;\n}\n"),
    ),
    "a link to nowhere": (
        "docs/glossary.md: links to nowhere.md",
        lambda root: add(root, "docs/glossary.md", "\n[there](nowhere.md)\n"),
    ),
    "a link to a heading that isn't there": (
        "links to invariants.md#nowhere, which has no such heading",
        lambda root: add(root, "docs/glossary.md", "\n[there](invariants.md#nowhere)\n"),
    ),
    "a link out of the repository": (
        "links to ../../elsewhere.md",
        lambda root: add(root, "docs/glossary.md", "\n[there](../../elsewhere.md)\n"),
    ),
    "a path that isn't there": (
        "names tests/nowhere.py",
        lambda root: add(root, "docs/glossary.md", "\n`tests/nowhere.py`\n"),
    ),
    "a document that a contract names and that isn't there": (
        "contracts/ledger/Thing.sol: names docs/nowhere.md",
        lambda root: add(root, "contracts/ledger/Thing.sol", "// see docs/nowhere.md\n"),
    ),
    "a path of one machine": (
        "peculium/units.py:",
        lambda root: add(root, "peculium/units.py", "# " + "/".join(["", "home", "someone", "peculium"]) + "\n"),
    ),
    "the host of a package registry": (
        "names the host of a package registry",
        lambda root: add(root, "docs/glossary.md", "\n" + ".".join(["registry", "npmjs", "org"]) + "\n"),
    ),
    "the host of a mirror": (
        "names the host of a package registry",
        lambda root: add(root, "docs/glossary.md", "\nhttps" + "://artifactory" + ".example/npm\n"),
    ),
    "a file that cannot be read": (
        "contracts/Thing.sol: cannot be read",
        lambda root: (root / "contracts" / "Thing.sol").write_bytes(b"\xff\xfe"),
    ),
    "a file that is gone": (
        "docs/glossary.md: cannot be read",
        lambda root: (
            subprocess.run(["git", "-C", str(root), "add", "docs"], check=True),
            (root / "docs/glossary.md").unlink(),
        ),
    ),
    "a glossary without its table": (
        "the table of words that are not used is not found",
        lambda root: replace(root, "docs/glossary.md", "## Words that are not used", "## Words"),
    ),
    "no contracts": (
        "no deployable contract found",
        lambda root: shutil.rmtree(root / "contracts"),
    ),
    "no interfaces": (
        "contracts/interfaces: no Solidity file found",
        lambda root: shutil.rmtree(root / "contracts" / "interfaces"),
    ),
    "no package": (
        "peculium: no file found",
        lambda root: shutil.rmtree(root / "peculium"),
    ),
    "no git": (
        "git does not list the files",
        lambda root: (shutil.rmtree(root / ".git"), (root / ".git").write_text("nothing")),
    ),
}


@pytest.mark.parametrize("kind", VIOLATIONS)
def test_finds_an_injected_violation(kind, copy):
    expected, inject = VIOLATIONS[kind]
    inject(copy)
    found = findings(copy)
    assert any(expected in finding for finding in found), found


def test_finds_nothing_without_a_violation(copy):
    assert findings(copy) == []


def test_allows_the_tokens_own_words_in_mocks(copy):
    add(copy, "contracts/mocks/Thing.sol", "// allowance, blacklist\n")
    assert findings(copy) == []


def test_allows_a_word_that_only_contains_a_refused_one(copy):
    add(copy, "peculium/units.py", "# in the possession of\n")
    assert findings(copy) == []


def test_exits_with_1_if_there_is_a_finding(copy):
    add(copy, "contracts/Thing.sol", "contract Thing {}\n")
    ran = subprocess.run([*COMMAND, str(copy)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "contract Thing has no @custom:kill" in ran.stderr


def test_the_repository_passes():
    ran = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr

"""The checker of the documentation passes on the repository, and finds a planted violation of each kind."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "scripts" / "check_docs.py"
FOLDERS = ("contracts", "docs", "peculium")
PAY = "    /// @inheritdoc IPayments\n    function pay("
LONG = "\n".join(["    uint256 a = 1;"] * 45)


def load():
    """The script as a module, though `scripts` is no package."""
    spec = importlib.util.spec_from_file_location("check_docs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_docs"] = module
    spec.loader.exec_module(module)
    return module


check_docs = load()


@pytest.fixture(scope="module")
def tracked():
    return [name for name in check_docs.Checker(ROOT).files if name.split("/")[0] in FOLDERS]


@pytest.fixture
def copy(tracked, tmp_path):
    """A repository with contracts, documents and package as they are, and every path there that these name."""
    for name in tracked:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    for name in (name for name in tracked if name.endswith(".md")):
        for path in check_docs.PATH_IN_CODE.findall((tmp_path / name).read_text()):
            file = tmp_path / path
            if not file.exists():
                (file if path.endswith("/") else file.parent).mkdir(parents=True, exist_ok=True)
                if not path.endswith("/"):
                    file.touch()
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def findings(root):
    return check_docs.Checker(root).run()


def replace(root, name, old, new):
    text = (root / name).read_text()
    assert old in text, f"{name} no longer has what this test changes"
    (root / name).write_text(text.replace(old, new, 1))


def add(root, name, text):
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + text)


# Each: what is found, and how it was planted.
PLANTED = {
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
        "function pay has no sum",
        lambda root: replace(
            root,
            "contracts/interfaces/IPayments.sol",
            "    /// @param amount Token base units, or wei; not zero.",
            "    /// @param sum Token base units, or wei; not zero.",
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
        "pay isn't declared in ISwitchable",
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
        f"lines, at most {check_docs.MAX_FILE_LINES}",
        lambda root: add(root, "contracts/AgentWallet.sol", "\n" * check_docs.MAX_FILE_LINES),
    ),
    "a long function": (
        f"long: 47 lines, at most {check_docs.MAX_FUNCTION_LINES}",
        lambda root: add(root, "contracts/libraries/Thing.sol", f"function long() pure {{\n{LONG}\n}}\n"),
    ),
    "a word that isn't used, in a contract": (
        '"suspend": the word is pause',
        lambda root: add(root, "contracts/libraries/Thing.sol", "// the agent is Suspended\n"),
    ),
    "a word that isn't used, inside a name": (
        '"quota": the word is limit',
        lambda root: add(root, "peculium/units.py", "dailyQuota = day_quota = 1\n"),
    ),
    "a word of the tokens outside of the test doubles": (
        '"allowance": the word is limit',
        lambda root: add(root, "peculium/units.py", "# its allowance\n"),
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
        "contracts/libraries/Thing.sol: names docs/nowhere.md",
        lambda root: add(root, "contracts/libraries/Thing.sol", "// see docs/nowhere.md\n"),
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
    "a file that can't be read": (
        "contracts/Thing.sol: can't be read",
        lambda root: (root / "contracts" / "Thing.sol").write_bytes(b"\xff\xfe"),
    ),
    "a file that is gone": (
        "docs/glossary.md: can't be read",
        lambda root: (
            subprocess.run(["git", "-C", str(root), "add", "docs"], check=True),
            (root / "docs/glossary.md").unlink(),
        ),
    ),
    "a glossary without its table": (
        "the table of words that are not used isn't found",
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
        "peculium: no Python file found",
        lambda root: shutil.rmtree(root / "peculium"),
    ),
    "no git": (
        "git doesn't list the files",
        lambda root: (shutil.rmtree(root / ".git"), (root / ".git").write_text("nothing")),
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_violation_is_found(kind, copy):
    expected, plant = PLANTED[kind]
    plant(copy)
    found = findings(copy)
    assert any(expected in finding for finding in found), found


def test_what_was_not_planted_is_not_found(copy):
    assert findings(copy) == []


def test_words_of_the_tokens_are_allowed_in_test_doubles(copy):
    add(copy, "contracts/mocks/Thing.sol", "// allowance, blacklist\n")
    assert findings(copy) == []


def test_a_word_that_only_contains_another_is_allowed(copy):
    add(copy, "peculium/units.py", "# in the possession of\n")
    assert findings(copy) == []


def test_the_script_fails_where_something_is_found(copy):
    add(copy, "contracts/Thing.sol", "contract Thing {}\n")
    ran = subprocess.run([sys.executable, str(SCRIPT), str(copy)], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "contract Thing has no @custom:kill" in ran.stderr


def test_the_repository_passes():
    ran = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr

"""The mutator: what it changes, that a build of all mutants does what a build of one does, and what the command tells."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import ape
import pytest
from eth_account import Account

from peculium.contract import Contract
from peculium.devnet.anvil import run_anvil
from peculium.devnet.contracts import contract_address, create_contract
from toolchain.compiler import compile_raw, solve
from verification.mutation.build import Code
from verification.mutation.mutants import OPERATORS, find, number_alike
from verification.mutation.order import Callers, Order
from verification.mutation.runner import KILLED, SURVIVED, Judge, Verdict, prepare
from verification.mutation.schemata import SWITCH, SWITCH_PATH, coinbase, refused, weave
from verification.mutation.sources import imported, source_of
from verification.mutation.targets import LANES

ROOT = Path(__file__).parents[2]
PATH = "contracts/mocks/Specimen.sol"
SOURCE = (ROOT / PATH).read_text()
REQUIRE_OWNER = "require(msg.sender == OWNER, NotOwner(msg.sender, OWNER));"
ADDED = "emit Added(msg.sender, amount, total);"
FITS = "amount < MOST - before"
# Operator, what stands there, and everything that it becomes.
EXPECTED = [
    ("bound", "10", {"11", "9"}),
    ("bound", "true", {"false"}),
    ("relation", "msg.sender == OWNER", {"msg.sender != OWNER", "msg.sender >= OWNER"}),
    ("relation", "total + amount < MOST", {"total + amount <= MOST", "total + amount > MOST"}),
    ("relation", FITS, {"amount <= MOST - before", "amount > MOST - before"}),
    ("arithmetic", "total + amount", {"total - amount"}),
    ("arithmetic", "MOST - before", {"MOST + before"}),
    ("arithmetic", "total += amount", {"total -= amount"}),
    ("logic", "_fits(total, amount) && !closed", {"_fits(total, amount) || !closed"}),
    ("condition", "closed", {"!(closed)"}),
    ("removed check", "revert Closed();", {""}),
    ("removed check", "require(total + amount < MOST, TooMuch(amount));", {""}),
    ("removed check", REQUIRE_OWNER, {""}),
    ("removed call", "next.add(total);", {""}),
    ("removed assignment", "OWNER = owner;", {""}),
    ("removed assignment", "total += amount;", {""}),
    ("removed assignment", "closed = true;", {""}),
    ("removed assignment", "(done,) = target.call(data);", {""}),
    ("removed event", ADDED, {""}),
    ("removed modifier", "onlyOwner", {""}),
    ("swapped arguments", REQUIRE_OWNER, {"require(msg.sender == OWNER, NotOwner(OWNER, msg.sender));"}),
    ("swapped arguments", ADDED, {"emit Added(msg.sender, total, amount);"}),
    ("swapped arguments", "_fits(total, amount)", {"_fits(amount, total)"}),
    ("swapped statements", "closed = true; next.add(total);", {"next.add(total); closed = true;"}),
    ("early return", "{", {"{ return;", "{ return (done);", "{ return (false);"}),
    ("delegatecall", "target.call(data)", {"target.delegatecall(data)"}),
]


MOVED = SOURCE.replace("contract Specimen", "// A line more.\ncontract Specimen")
CHANGED = SOURCE.replace("next.add(total)", "next.add(total + 0)")
RAISED = SOURCE.replace("MOST - before", "10 ** before")
TWICE = SOURCE.replace("total += amount;", "total += amount; total += amount;")


def task(sources, outputs):
    """A task for the compiler."""
    return {
        "language": "Solidity",
        "sources": {path: {"content": text} for path, text in sources.items()},
        "settings": {"evmVersion": "cancun", "outputSelection": outputs},
    }


@pytest.fixture(scope="module")
def trees():
    """The syntax tree of `Specimen`, and of what it becomes by small changes."""
    texts = {"as it is": SOURCE, "moved": MOVED, "changed": CHANGED, "raised": RAISED, "twice": TWICE}
    output = solve(task(texts, {"*": {"": ["ast"]}}))
    return {name: (texts[name], each["ast"]) for name, each in output["sources"].items()}


@pytest.fixture(scope="module")
def mutants(trees):
    """All its mutants, by number."""
    return dict(enumerate(find(PATH, *trees["as it is"]), 1))


@pytest.fixture(scope="module")
def chosen(mutants):
    """Those of them that are chosen at run time: not of a constructor, which has run by then."""
    return {number: each for number, each in mutants.items() if not each.plain and "constructor" not in each.place}


def test_each_operator_makes_what_it_should_and_nothing_else(mutants):
    made = defaultdict(set)
    for each in mutants.values():
        made[each.operator, each.before].add(each.after)
    assert made == {(operator, before): after for operator, before, after in EXPECTED}
    assert {operator for operator, _ in made} == set(OPERATORS)


def test_a_mutant_keeps_its_key_when_lines_move_and_loses_it_when_its_text_changes(trees):
    keys = {name: set(number_alike(find(PATH, *each))) for name, each in trees.items()}
    assert keys["moved"] == keys["as it is"]
    assert len(keys["as it is"] - keys["changed"]) == 2


def test_what_is_alike_is_numbered(trees):
    found = number_alike(find(PATH, *trees["twice"]))
    first, second = (
        name for name, each in found.items() if each.operator == "removed assignment" and "+=" in each.before
    )
    assert second == f"{first}-2"


@pytest.fixture(scope="module")
def chain():
    """A chain on which each story begins anew."""
    with run_anvil(1_800_000_000, "--disable-code-size-limit") as web3:
        yield web3


@pytest.fixture(scope="module")
def deployed(chain):
    """Three of a build: the owner's, one that the first owns, and one that owns itself; always at the same addresses."""
    owner, stranger = sorted((Account.create() for _ in range(2)), key=lambda account: account.address.lower())
    chain.provider.make_request("anvil_setBalance", [owner.address, hex(10**20)])

    @contextmanager
    def three(build):
        snapshot = chain.provider.make_request("evm_snapshot", [])["result"]
        code, made = build["evm"]["bytecode"]["object"], []
        addresses = [contract_address(owner.address, nonce) for nonce in range(3)]
        for holder in (owner.address, addresses[0], addresses[2]):
            made.append(create_contract(chain, owner, build["abi"], code, holder, kind=Contract))
        yield owner.address, stranger.address, made
        chain.provider.make_request("evm_revert", [snapshot])

    return three


def story(chain, owner, stranger, three, number=0):
    """Everything that three specimens answer to a row of calls, while a number is chosen."""
    first, second, third = three
    calls = []

    def call(sender, to, name, *arguments):
        calls.append({"from": sender, "to": to.address, "data": to.call_data(name, *arguments), "gas": hex(3_000_000)})

    call(stranger, first, "add", 1)
    for amount in (3, 1, 5, 1, 6):
        call(owner, first, "add", amount)
        call(owner, first, "total")
    for amount in (0, 1, 5, 6, 2**256 - 1):
        call(owner, first, "open", amount)
    # What the second hears comes from its owner, the first.
    call(stranger, first, "forward", second.address, bytes.fromhex(second.call_data("add", 0)[2:]))
    call(stranger, first, "close", second.address)
    call(stranger, third, "close", third.address)
    call(owner, first, "add", 0)
    call(owner, first, "open", 0)
    for each in three:
        for view in ("total", "closed", "OWNER", "MOST"):
            call(stranger, each, view)
    request = {"blockStateCalls": [{"blockOverrides": {"feeRecipient": coinbase(number)}, "calls": calls}]}
    (block,) = chain.provider.make_request("eth_simulateV1", [request, "latest"])["result"]
    return [(each["status"], each["returnData"], each.get("error"), _logs(each)) for each in block["calls"]]


def _logs(call):
    return [(log["address"], log["topics"], log["data"]) for log in call["logs"]]


def test_a_build_of_all_mutants_does_what_a_build_of_each_does(mutants, chosen, chain, deployed):
    """And each of them does something else than the contract."""
    sources = {str(number): each.applied(SOURCE.encode()).decode() for number, each in mutants.items()}
    sources |= {"unchanged": SOURCE, "woven": weave(SOURCE.encode(), chosen), SWITCH_PATH: SWITCH}
    output = solve(task(sources, {"*": {"Specimen": ["evm.bytecode.object", "abi"]}}))
    built = {path: each["Specimen"] for path, each in output["contracts"].items() if "Specimen" in each}
    behavior = {}
    for name in ("unchanged", *map(str, mutants)):
        with deployed(built[name]) as three:
            behavior[name] = story(chain, *three)
    for number, each in mutants.items():
        assert behavior[str(number)] != behavior["unchanged"], each
    with deployed(built["woven"]) as three:
        assert story(chain, *three) == behavior["unchanged"]
        for number, each in chosen.items():
            assert story(chain, *three, number=number) == behavior[str(number)], each


def test_a_literal_that_is_chosen_at_run_time_reckons_in_the_type_it_had(trees, chain, deployed):
    """The smallest type that holds 10 and 11 has no place for ten to the third."""
    raised = dict(enumerate(find(PATH, *trees["raised"]), 1))
    literals = {number: each for number, each in raised.items() if each.operator == "bound" and not each.plain}
    sources = {"unchanged": RAISED, "woven": weave(RAISED.encode(), literals), SWITCH_PATH: SWITCH}
    output = solve(task(sources, {"*": {"Specimen": ["evm.bytecode.object", "abi"]}}))
    told = {}
    for name in ("unchanged", "woven"):
        with deployed(output["contracts"][name]["Specimen"]) as three:
            told[name] = story(chain, *three)
    assert told["woven"] == told["unchanged"]


def test_what_cannot_be_chosen_at_run_time_is_found_by_the_compilers_error(chosen):
    """A choice between two types, say."""
    wrong = next(number for number, each in chosen.items() if each.before == "MOST - before")
    good = weave(SOURCE.encode(), chosen)
    assert f"Mutant.on({wrong}) ? (MOST + before)" in good
    bad = good.replace(f"Mutant.on({wrong}) ? (MOST + before)", f'Mutant.on({wrong}) ? ("before")')
    output = compile_raw(task({PATH: bad, SWITCH_PATH: SWITCH}, {"*": {"*": ["abi"]}}))
    places = [each["sourceLocation"] for each in output["errors"] if each["severity"] == "error"]
    assert {number for at in places for number in refused(bad, at["start"], at["end"])} == {wrong}


def test_tests_that_lead_to_a_mutant_come_first_and_those_that_killed_before_them(trees):
    callers = Callers({PATH: trees["as it is"][1]})
    assert callers.of("Specimen._fits") == {"open": 1}
    assert callers.of("Specimen.onlyOwner") == {"add": 1, "close": 2}
    order = Order({place: callers.of(place) for place in ("Specimen._fits", "Specimen.add")})
    tests = ["t/test_add.py::test_a", "t/test_add.py::test_b", "t/test_close.py::test_c", "t/test_open.py::test_d"]
    assert order.sorted(tests, "Specimen._fits")[0] == "t/test_open.py::test_d"
    assert order.sorted(tests, "Specimen.add")[:2] == tests[:2]
    speaking = "tests/mutation/test_mutate.py::test_what_is_alike_is_numbered"
    told = Order({}, {"Specimen._fits": frozenset({"number_alike"})})
    assert told.sorted([*tests, speaking], "Specimen._fits")[0] == speaking
    order.killed("Specimen._fits", tests[2])
    assert order.sorted(tests, "Specimen._fits")[:2] == [tests[2], "t/test_open.py::test_d"]
    assert sorted(order.sorted(tests, "Specimen._fits")) == sorted(tests)


def test_every_contract_has_tests_that_judge_it():
    """But for interfaces and doubles; and for the verifier, which only names what it inherits."""
    written = {str(path.relative_to(ROOT)) for path in (ROOT / "contracts").glob("**/*.sol")}
    judged = [path for lane in LANES for path in lane.files]
    skipped = (
        "contracts/interfaces/",
        "contracts/mocks/",
        "contracts/.cache/",
        "contracts/signatures/P256Verifier.sol",
    )
    assert sorted(judged) == sorted(path for path in written if not path.startswith(skipped))
    assert all((ROOT / path).exists() for lane in LANES for path in lane.tests)


def test_a_verdict_holds_as_long_as_its_test_is_what_it_was():
    text = "import pytest\n\n\n@pytest.mark.slow\ndef test_one():\n    assert 1\n\n\ndef test_two():\n    pass\n"
    assert source_of(text, "test_one") == "@pytest.mark.slow\ndef test_one():\n    assert 1"
    assert source_of("# Above.\n" + text, "test_one") == source_of(text, "test_one")
    assert source_of(text.replace("slow", "fast"), "test_one") != source_of(text, "test_one")
    assert source_of(text, "test_three") == ""


def test_a_verdict_by_a_story_holds_as_long_as_all_that_makes_stories_is_what_it_was(tmp_path):
    story, chance, draw = (tmp_path / "tests" / name for name in ("story.py", "fuzz/chance.py", "fuzz/draw.py"))
    chance.parent.mkdir(parents=True)
    story.write_text("from random import Random\nfrom tests.fuzz import draw\n")
    draw.write_text("def draw():\n    from verification.scenarios.chance import mostly\n")
    chance.write_text("from tests.story import told\n")
    (chance.parent / "other.py").write_text("")
    assert imported(story, tmp_path) == {story, chance, draw}


@pytest.fixture
def run(tmp_path):
    """`ape run mutate` on the example, with its weak tests: exit code, and what it prints for programs."""

    def command(*options):
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        argv = [sys.executable, "tests/mutation/specimen/run.py", str(tmp_path), "--json", *options]
        done = subprocess.run(
            argv,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        )
        assert done.stdout, done.stderr[-2000:]
        return done.returncode, json.loads(done.stdout)

    return command


# Few, because each takes its time: one needs a compilation of its own, one is in the constructor, one is an event.
FEW = [f"--operator={name}" for name in ("removed modifier", "removed event", "removed check", "removed assignment")]


def test_the_command_tells_what_survives_until_it_is_listed_with_a_reason(run, tmp_path):
    code, told = run(*FEW)
    (row,) = told["files"]
    assert (row["mutants"], row["killed"], row["not judged"]) == (9, 5, 0)
    assert row["score"] == 55.6
    assert {each["before"] for each in told["survivors"]} == {
        ADDED,
        "revert Closed();",
        "closed = true;",
        "(done,) = target.call(data);",
    }
    assert code == 1

    # What is on record isn't judged again; what is listed doesn't count as a survivor, and not as killed either.
    keys = [each["key"].partition(":")[2] for each in told["survivors"]]
    listed = f'["{PATH}"]\n' + "".join(f'{key} = {{ why = "Nobody looks." }}\n' for key in keys)
    (tmp_path / "mutants.toml").write_text(listed)
    code, told = run("--report", *FEW)
    (row,) = told["files"]
    assert (code, row["killed"], row["equivalent"], row["score"]) == (0, 5, 4, 100.0)

    # What is listed and isn't there has to be taken out.
    (tmp_path / "mutants.toml").write_text(listed + '0123456789ab = { why = "The line has gone." }\n')
    code, told = run("--report")
    assert (code, told["stale"]) == (1, [f"{PATH}:0123456789ab"])
    assert told["files"][0]["not judged"] == 35 - 9


def test_what_a_few_tests_leave_alive_is_not_judged(run):
    """Nobody looks at the event; that isn't said of it before all have been tried."""
    few = ("--test=tests/mutation/specimen/specimen.py", "--near=2")
    code, told = run(*few, "--operator=removed event", "--operator=removed modifier")
    (row,) = told["files"]
    assert (code, row["mutants"], row["killed"], row["survivors"], row["not judged"]) == (0, 2, 1, 0, 1)


def test_nothing_of_one_lane_is_left_in_the_next():
    """The mutants of a lane stayed in its contracts. In the next lane, one of them was there beside each mutant of the same number."""

    def code(name):
        made = getattr(ape.project, name).contract_type
        return made.deployment_bytecode.bytecode, made.runtime_bytecode.bytecode

    own = code("MockTarget")
    prepare({"MockTarget": Code("00", "01")})
    assert code("MockTarget") == ("0x00", "0x01")
    prepare({"MockPayee": Code("02", "03")})
    assert (code("MockTarget"), code("MockPayee")) == (own, ("0x02", "0x03"))
    prepare({})
    assert code("MockPayee") != ("0x02", "0x03")


def test_a_test_that_fails_without_any_mutant_is_asked_once():
    """A build of all mutants fails what looks for its opcodes. Asked first of each mutant, it ended the process of all the others."""
    asked = []

    class Told(Judge):
        def __init__(self):
            self.sound = {}

        def judge(self, session, items, number):
            asked.append([item.nodeid for item in items])
            failing = [each for each in asked[-1] if each == "unsound" or (each == "killer" and number)]
            return Verdict(number, KILLED if failing else SURVIVED, failing[0] if failing else "", 0)

    items = [SimpleNamespace(nodeid=name) for name in ("unsound", "killer")]
    judge = Told()
    assert [judge.confirmed(None, items, number).by for number in (1, 2)] == ["killer", "killer"]
    assert [each for each in asked if "unsound" in each] == [["unsound", "killer"], ["unsound"]]


def test_stories_show_mutants_before_any_test_is_run(run):
    """Also one that has to be built alone."""
    operators = ("--operator=removed event", "--operator=removed modifier")
    code, told = run("--quick", "--file=RevocationSwitch", *operators, "--sample=3", "--seed=4")
    (row,) = told["files"]
    assert (code, row["mutants"], row["killed"], row["by stories"], row["not judged"]) == (0, 3, 3, 3, 0)


def test_tests_that_fail_without_a_mutant_end_the_campaign(tmp_path, run, monkeypatch):
    monkeypatch.setenv("SPECIMEN_FAILS", "1")
    with pytest.raises(AssertionError, match="Without any mutant the tests of specimen fail"):
        run("--operator=removed event")

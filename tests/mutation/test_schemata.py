"""A build with all mutants behaves like a build with the selected one."""

from contextlib import contextmanager

import pytest
from eth_account import Account

from peculium import Contract
from peculium.devnet.anvil import rpc, run_anvil
from peculium.devnet.contracts import contract_address, create_contract
from tests.mutation.conftest import PATH, SOURCE, VARIANTS, compiler_input
from toolchain.compiler import compile_raw, solve
from verification.mutation.finder import find
from verification.mutation.schemata import LIBRARY, LIBRARY_PATH, combine, fee_recipient, rejected

OUTPUTS = {"*": {"Specimen": ["evm.bytecode.object", "abi"]}}


@pytest.fixture(scope="module")
def chain():
    """A chain that accepts large contracts."""
    with run_anvil(1_800_000_000, "--disable-code-size-limit") as web3:
        yield web3


@pytest.fixture(scope="module")
def deployed(chain):
    """Deploys three specimens of a build: the owner's, one that the first owns, and one that owns itself."""
    owner, stranger = sorted((Account.create() for _ in range(2)), key=lambda account: account.address.lower())
    rpc(chain, "anvil_setBalance", owner.address, hex(10**20))

    @contextmanager
    def deploy(build):
        snapshot = rpc(chain, "evm_snapshot")
        code, specimens = build["evm"]["bytecode"]["object"], []
        # The revert makes the addresses the same for each build.
        addresses = [contract_address(owner.address, nonce) for nonce in range(3)]
        for holder in (owner.address, addresses[0], addresses[2]):
            specimens.append(create_contract(chain, owner, build["abi"], code, holder, kind=Contract))
        yield owner.address, stranger.address, specimens
        rpc(chain, "evm_revert", snapshot)

    return deploy


def behavior(chain, owner, stranger, specimens, number=0):
    """What three specimens answer to a series of calls while a mutant is selected."""
    first, second, third = specimens
    calls = []

    def call(sender, to, name, *arguments):
        calls.append({"from": sender, "to": to.address, "data": to.call_data(name, *arguments), "gas": hex(3_000_000)})

    call(stranger, first, "add", 1)
    for amount in (3, 1, 5, 1, 6):
        call(owner, first, "add", amount)
        call(owner, first, "total")
    for amount in (0, 1, 5, 6, 2**256 - 1):
        call(owner, first, "open", amount)
    # The second specimen accepts calls from its owner, the first.
    call(stranger, first, "forward", second.address, bytes.fromhex(second.call_data("add", 0)[2:]))
    call(stranger, first, "close", second.address)
    call(stranger, third, "close", third.address)
    call(owner, first, "add", 0)
    call(owner, first, "open", 0)
    for each in specimens:
        for view in ("total", "closed", "OWNER", "MOST"):
            call(stranger, each, view)
    request = {"blockStateCalls": [{"blockOverrides": {"feeRecipient": fee_recipient(number)}, "calls": calls}]}
    (block,) = rpc(chain, "eth_simulateV1", request, "latest")
    return [(each["status"], each["returnData"], each.get("error"), _logs(each)) for each in block["calls"]]


def _logs(call):
    return [(log["address"], log["topics"], log["data"]) for log in call["logs"]]


@pytest.mark.slow
def test_a_combined_build_behaves_like_the_build_of_the_selected_mutant(mutants, selectable, chain, deployed):
    """And each mutant behaves differently from the original."""
    sources = {str(number): each.applied(SOURCE.encode()).decode() for number, each in mutants.items()}
    sources |= {"original": SOURCE, "combined": combine(SOURCE.encode(), selectable), LIBRARY_PATH: LIBRARY}
    output = solve(compiler_input(sources, OUTPUTS))
    built = {path: each["Specimen"] for path, each in output["contracts"].items() if "Specimen" in each}
    single = {}
    for name in ("original", *map(str, mutants)):
        with deployed(built[name]) as specimens:
            single[name] = behavior(chain, *specimens)
    for number, each in mutants.items():
        assert single[str(number)] != single["original"], each
    with deployed(built["combined"]) as specimens:
        assert behavior(chain, *specimens) == single["original"]
        for number, each in selectable.items():
            assert behavior(chain, *specimens, number=number) == single[str(number)], each


@pytest.mark.slow
def test_a_literal_in_a_combined_build_keeps_the_type_of_its_operation(trees, chain, deployed):
    """The smallest type that holds 10 and 11 has no room for 10 ** 3."""
    power = dict(enumerate(find(PATH, *trees["power"]), 1))
    literals = {number: each for number, each in power.items() if each.operator == "bound" and not each.needs_own_build}
    combined = combine(VARIANTS["power"].encode(), literals)
    sources = {"original": VARIANTS["power"], "combined": combined, LIBRARY_PATH: LIBRARY}
    output = solve(compiler_input(sources, OUTPUTS))
    found = {}
    for name in ("original", "combined"):
        with deployed(output["contracts"][name]["Specimen"]) as specimens:
            found[name] = behavior(chain, *specimens)
    assert found["combined"] == found["original"]


def test_a_compiler_error_identifies_the_mutant_that_cannot_be_selected_at_run_time(selectable):
    """Such as a conditional between two types."""
    wrong = next(number for number, each in selectable.items() if each.before == "MOST - before")
    good = combine(SOURCE.encode(), selectable)
    assert f"Mutant.on({wrong}) ? (MOST + before)" in good
    bad = good.replace(f"Mutant.on({wrong}) ? (MOST + before)", f'Mutant.on({wrong}) ? ("before")')
    output = compile_raw(compiler_input({PATH: bad, LIBRARY_PATH: LIBRARY}, {"*": {"*": ["abi"]}}))
    errors = [each["sourceLocation"] for each in output["errors"] if each["severity"] == "error"]
    assert {number for at in errors for number in rejected(bad, at["start"], at["end"])} == {wrong}

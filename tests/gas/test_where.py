"""Where the gas of a transaction goes: nothing is lost, and each part is what its name says."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from eth_utils import keccak

from peculium.devnet import Devnet, run_anvil
from verification.gas import trace as tracing
from verification.gas.command import cli
from verification.gas.committed import GAS, committed
from verification.gas.measurement import START
from verification.gas.parts import ACCOUNT_COLD, INTRINSIC, REFUND, TRANSFER, WARM, attribute
from verification.gas.payments import measure_variants
from verification.gas.principal import create_agents
from verification.gas.setup import Setup
from verification.gas.slots import Slots
from verification.gas.where import PAY, find_row, parts_of


@pytest.fixture(scope="module")
def setup():
    with run_anvil(START) as web3:
        yield Setup(Devnet(web3))


@pytest.fixture(scope="module")
def created(setup):
    return create_agents(setup)


@pytest.fixture(scope="module")
def payment(setup, created):
    return setup.second_pay(setup.agent_key, setup.wallet)


@pytest.fixture(scope="module")
def variants(setup, created):
    return measure_variants(setup)


@pytest.fixture
def altered(monkeypatch):
    """Alters what the node returns for a trace."""

    def alter(change):
        original = tracing.rpc

        def rpc(web3, method, *arguments):
            result = original(web3, method, *arguments)
            change(result)
            return result

        monkeypatch.setattr(tracing, "rpc", rpc)

    return alter


# Refusals


@pytest.mark.parametrize(
    "change",
    [
        lambda result: result["events"].pop(),
        lambda result: result["events"].pop(0),
        lambda result: result.update(refund=result["refund"] + 1),
    ],
    ids=["last step missing", "first step missing", "refund too high"],
)
def test_a_trace_that_does_not_add_up_to_the_receipt_is_refused(setup, payment, altered, change):
    assert sum(parts_of(setup.devnet.web3, payment).values()) == payment.gas_used
    altered(change)
    with pytest.raises(tracing.TraceMismatch, match=f"its receipt {payment.gas_used:,}"):
        parts_of(setup.devnet.web3, payment)


def test_a_row_computed_from_several_transactions_has_no_parts(setup):
    with pytest.raises(LookupError, match="several transactions"):
        parts_of(setup.devnet.web3, 66_000)


def test_the_command_refuses_what_it_can_not_do():
    for arguments, code, message in (
        (["--where", "--update"], 2, "without --update"),
        (["--where", "--since", "HEAD"], 2, "without --update"),
        (["--since", "no-such-revision"], 1, "no-such-revision"),
        (["--where", "payBatch of ten, per payment"], 1, "several transactions"),
    ):
        result = CliRunner().invoke(cli, arguments)
        assert (result.exit_code, message in result.output) == (code, True), result.output


# The sum


def test_the_parts_of_every_kind_of_transaction_add_up_to_its_receipt(setup, created, payment, variants):
    single = {name: row for name, row in (created | variants).items() if not isinstance(row, int)} | {PAY: payment}
    assert len(single) >= 6
    for name, row in single.items():
        assert sum(parts_of(setup.devnet.web3, row).values()) == row.gas_used, name


def test_the_gas_of_an_access_list_is_intrinsic(setup, payment):
    web3, key = setup.devnet.web3, setup.principal
    transfer = {
        "from": key.address,
        "to": setup.usd.address,
        "data": setup.usd.call_data("transfer", setup.payee, 1),
        "accessList": [{"address": setup.usd.address, "storageKeys": [f"0x{slot:064x}" for slot in (1, 2)]}],
        "chainId": web3.eth.chain_id,
        "nonce": web3.eth.get_transaction_count(key.address),
        "gas": 200_000,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 1,
        "value": 0,
    }
    sent = web3.eth.send_raw_transaction(key.sign_transaction(transfer).raw_transaction)
    gas_used = web3.eth.wait_for_transaction_receipt(sent)["gasUsed"]
    parts = attribute(web3, tracing.trace(web3, sent.to_0x_hex()), Slots.of("AgentWallet"))
    assert sum(parts.values()) == gas_used
    zeros = bytes.fromhex(transfer["data"][2:]).count(0)
    assert parts[INTRINSIC] == 21_000 + 4 * zeros + 16 * (68 - zeros) + 2_400 + 2 * 1_900


def test_cleared_storage_is_a_part_of_its_own(setup):
    spender = setup.payee
    setup.usd.send(setup.principal, "approve", spender, 1)
    cleared = setup.usd.send(setup.principal, "approve", spender, 0)
    parts = parts_of(setup.devnet.web3, cleared)
    assert parts[REFUND] < 0
    assert sum(parts.values()) == cleared.gas_used


# The parts


def test_the_transfer_costs_what_a_plain_transfer_does_and_the_first_access_to_the_token(setup, payment):
    plain = setup.usd.transfer(setup.principal, setup.payee, 10)
    of_plain, of_payment = (parts_of(setup.devnet.web3, each) for each in (plain, payment))
    assert of_plain.keys() == {INTRINSIC, TRANSFER}
    assert of_payment[TRANSFER] == of_plain[TRANSFER] + ACCOUNT_COLD


def test_a_transfer_behind_a_proxy_includes_the_proxy(setup, payment):
    usdc = setup.usdc
    setup.second_pay(setup.agent_key, setup.wallet, usdc.address)
    plain, paid = (
        usdc.transfer(setup.principal, setup.payee, 10),
        setup.second_pay(setup.agent_key, setup.wallet, usdc.address),
    )
    of_plain, of_payment = (parts_of(setup.devnet.web3, each) for each in (plain, paid))
    assert of_plain.keys() == {INTRINSIC, TRANSFER}
    assert of_payment[TRANSFER] == of_plain[TRANSFER] + ACCOUNT_COLD


def test_a_payment_reads_the_lock_once_and_writes_it_twice(setup, payment):
    assert parts_of(setup.devnet.web3, payment)["reentrancy lock"] == 3 * WARM


def test_every_slot_of_a_payment_is_a_variable_of_the_layout(setup, variants, payment):
    limited = variants["pay, second in its window, payee with its own limit"]
    named = {
        part for row in (payment, limited) for part in parts_of(setup.devnet.web3, row) if part.startswith("slot ")
    }
    assert not {part for part in named if part.startswith("slot 0x")}
    assert {"slot _pointer", "slot _paidTo"} < named
    assert any(part.startswith("slot _ledgers.") for part in named)


def test_only_a_relayed_payment_has_a_signature(setup, variants, payment):
    assert "signature" in parts_of(setup.devnet.web3, variants["pay, relayed (act)"])
    assert "signature" not in parts_of(setup.devnet.web3, payment)


# The names of slots


LAYOUT = [
    "0 0 20: owner: address",
    "0 20 8: epoch: uint64",
    "1 0 32: books: mapping(bytes32 => struct Book)",
    "2 0 32: paid: mapping(address => mapping(address => uint256))",
    "3 0 96: own: struct Book",
    "struct Book: 0 0 32: counter",
    "struct Book: 1 0 64: starts",
]


def hashed(key: int, slot: int) -> bytes:
    return key.to_bytes(32) + slot.to_bytes(32)


def test_slots_are_named_by_variable_and_member():
    slots = Slots(LAYOUT)
    assert [slots.name(slot) for slot in (0, 3, 4, 5)] == ["owner", "own.counter", "own.starts", "own.starts"]


def test_values_of_mappings_are_named_after_their_hash_was_seen():
    slots = Slots(LAYOUT)
    book = int.from_bytes(keccak(hashed(7, 1)))
    assert slots.name(book) == hex(book)
    assert slots.learn(hashed(7, 1)) == "books.counter"
    assert (slots.name(book), slots.name(book + 2)) == ("books.counter", "books.starts")
    assert slots.learn(hashed(8, 2)) == "paid"
    assert slots.learn(hashed(9, int.from_bytes(keccak(hashed(8, 2))))) == "paid"


def test_a_hash_of_something_else_has_no_name():
    assert Slots(LAYOUT).learn(hashed(7, 99)) is None


# The command


def test_the_command_prints_where_the_gas_of_a_payment_goes():
    result = CliRunner().invoke(cli, ["--where", "--json"])
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert (printed["row"], printed["gas"]) == (PAY, committed(GAS)[PAY])
    assert sum(printed["parts"].values()) == printed["gas"]
    shown = CliRunner().invoke(cli, ["--where"]).output
    assert all(part in shown and f"{gas:,}" in shown for part, gas in printed["parts"].items())


def test_a_row_is_found_by_its_name_or_by_some_words_of_it(payment):
    rows = {"pay, each": 1, "baseline: pay": payment, "pay, relayed (act)": payment, "revokeAll, 1 agent": payment}
    assert find_row(rows, "pay, each") == "pay, each"
    assert find_row(rows, "act pay") == "pay, relayed (act)"
    assert find_row(rows, "revoke") is None

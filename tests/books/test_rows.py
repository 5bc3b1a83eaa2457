"""One row for every movement, whatever way it took."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from peculium import NATIVE, InvalidInput, WalletCall, send_transaction
from peculium.ledger import Ledger, Path


def shown(rows):
    return [(row.path.value, row.party_name, row.amount, row.symbol, row.text) for row in rows]


def test_an_address_that_is_no_wallet_is_not_followed(ledger, suite, stranger):
    with pytest.raises(InvalidInput, match="is no wallet of the suite on chain"):
        ledger.follow(suite, [stranger.address])


def test_a_name_that_is_not_in_the_address_book_is_refused(ledger):
    with pytest.raises(InvalidInput, match="knows no name 'nobody'"):
        list(ledger.rows(payee="nobody"))


def test_a_path_that_does_not_exist_is_refused_with_those_that_do(ledger):
    with pytest.raises(InvalidInput, match=r"no path 'smuggled'\. Use one of: direct, relayed"):
        list(ledger.rows(path="smuggled"))


def test_a_file_of_another_program_is_refused(tmp_path):
    path = tmp_path / "other.db"
    path.write_bytes(b"something else, long enough to be no database" * 30)
    with pytest.raises(InvalidInput, match="can't be opened: file is not a database"):
        Ledger.open(path)


def test_a_ledger_without_a_network_is_not_updated(place):
    with Ledger.open(place) as ledger, pytest.raises(InvalidInput, match="through which node"):
        ledger.update()


def test_a_row_has_all_that_is_known(buyer, created, updated, agent, payee, principal, usdc, web3):
    receipt = buyer.pay("USDC", "supplier", "12.50", ref="INV-1")
    (row,) = updated()
    assert shown([row]) == [("direct", "supplier", 12.5, "USDC", "INV-1")]
    assert (row.wallet, row.wallet_name, row.agent_id) == (created.wallet.address, "buyer", created.agent_id)
    assert (row.principal, row.principal_name, row.party) == (principal.address, "boss", payee.address)
    assert (row.token, row.base_units, row.sent) == (usdc.address, 12_500_000, Path.DIRECT)
    mined = web3.eth.get_transaction_receipt(receipt.transaction)
    assert (row.transaction, row.block_hash) == (receipt.transaction, mined["blockHash"].to_0x_hex())
    assert (row.gas_payer, row.gas_cost) == (
        agent.address,
        Decimal(mined["gasUsed"] * mined["effectiveGasPrice"]).scaleb(-18),
    )
    assert json.loads(json.dumps(row.as_dict()))["base_units"] == "12500000"


def test_every_path_has_its_row(life, updated):
    life.all()
    assert shown(updated()) == [
        ("direct", "supplier", 12.5, "USDC", "INV-1"),
        ("direct", "supplier", Decimal("0.1"), "tDAI", ""),
        ("direct", "supplier", 1, "USDC", "text not kept"),
        ("call", None, 20, "USDC", "savings"),
        ("relayed", "supplier", 3, "USDC", "INV-2"),
        ("relay fee", None, Decimal("0.01"), "USDC", ""),
        ("operation", "supplier", 4, "USDC", "INV-3"),
        ("operation gas", None, updated()[7].amount, "native", ""),
        ("authorization", "supplier", 2, "USDC", "paid later"),
        ("cheque", "supplier", 0.5, "USDC", ""),
        ("approved request", "caterer", 350, "USDC", "a banquet"),
        ("withdrawal", "boss", 10, "USDC", ""),
        ("withdrawal", "boss", 0.25, "native", ""),
        ("principal's call", "caterer", 7, "USDC", ""),
        ("principal's call", "caterer", Decimal("0.1"), "native", ""),
    ]


def test_gas_is_paid_by_whoever_sent_and_for_an_operation_by_the_wallet(life, updated, agent, relayer, created):
    life.be_paid()
    life.pay_through_others()
    payers = {row.path.value: row.gas_payer for row in updated()}
    assert payers["relayed"] == payers["relay fee"] == relayer.address
    assert payers["operation"] == payers["operation gas"] == created.wallet.address
    gas = next(row for row in updated() if row.path is Path.GAS)
    assert gas.amount == gas.gas_cost > 0


def test_what_comes_in_is_a_deposit_from_its_sender(life, ledger, relayer):
    life.be_paid()
    ledger.update()
    (row,) = ledger.rows(token=NATIVE)
    assert (row.path, row.incoming, row.party, row.amount) == (Path.DEPOSIT, True, relayer.address, 1)


def test_an_allowance_that_is_used_later_is_named_as_unexplained(created, updated, usdc, principal, stranger, ledger):
    approve = usdc.call_data("approve", stranger.address, 10**9)
    created.wallet.execute(principal, WalletCall(usdc.address, data=approve))
    usdc.send(stranger, "transferFrom", created.wallet.address, stranger.address, 5 * 10**6)
    assert shown(updated()) == [("unexplained", "caterer", 5, "USDC", "")]
    (balance,) = (each for each in ledger.balance() if each.symbol == "USDC")
    assert (balance.difference, balance.unexplained_transfers, balance.balances) == (0, 5 * 10**6, False)
    assert "5 USDC left in transfers that nothing explains" in str(balance)


def test_a_transfer_of_nothing_makes_no_row(created, updated, usdc, stranger):
    # Anybody can make one, from any wallet to an address that looks like a payee's.
    usdc.send(stranger, "transferFrom", created.wallet.address, stranger.address, 0)
    assert updated() == []


def test_foreign_tokens_are_shown_only_on_demand(created, ledger, deploy, relayer):
    token = deploy("MockStablecoin", "USD Coin", "USDC", 6)
    token.send(relayer, "mint", created.wallet.address, 77)
    ledger.update()
    assert token.address not in {row.token for row in ledger.rows()}
    assert token.address not in {row.token for row in ledger.rows(token="USDC")}
    (row,) = (row for row in ledger.rows(unlisted=True) if row.token == token.address)
    assert (row.base_units, row.listed, row.unit) == (77, False, f"USDC {token.address}")


def test_amounts_of_256_bits_are_exact(created, ledger, deploy, relayer):
    token = deploy("MockStablecoin", "Large", "LRG", 18)
    token.send(relayer, "mint", created.wallet.address, 2**256 - 1)
    ledger.update()
    (row,) = (row for row in ledger.rows(unlisted=True) if row.token == token.address)
    assert row.base_units == 2**256 - 1
    assert str(row.amount).startswith("115792089237316195423570985008687907853269984665640564039457.58")


def test_rows_are_filtered(life, ledger, now, usdc):
    life.pay()
    until = now()
    life.promise()
    ledger.update()
    assert [row.amount for row in ledger.rows(payee="supplier", token="USDC", until=until)] == [12.5, 1]
    assert [row.path.value for row in ledger.rows(since=until + 1, payee="supplier")] == ["authorization", "cheque"]
    assert [row.amount for row in ledger.rows(path="call", agent="buyer", token=usdc.address)] == [20]
    with pytest.raises(InvalidInput, match="no time zone"):
        list(ledger.rows(since=datetime(2030, 1, 1)))


def test_who_answers_is_the_principal_of_the_time(created, ledger, principal, other_principal, usdc, now):
    wallet = created.wallet
    wallet.withdraw(principal, usdc.address, principal.address, 1)
    wallet.offer_hand_over(principal, other_principal.address, now() + 60)
    wallet.accept_hand_over(other_principal)
    ledger.update()
    wallet.withdraw(other_principal, usdc.address, other_principal.address, 2)
    ledger.update()
    found = [(row.principal, row.amount) for row in ledger.rows(path="withdrawal")]
    assert found == [(principal.address, 1), (other_principal.address, 2)]


def test_an_open_deposit_at_the_entry_point_belongs_to_the_wallet(created, ledger, relayer, web3):
    data = web3.eth.contract(abi=DEPOSIT).encode_abi("depositTo", [created.wallet.address])
    send_transaction(web3, relayer, created.wallet.read("ENTRY_POINT"), bytes.fromhex(data[2:]), value=10**17)
    ledger.update()
    (row,) = ledger.rows(token=NATIVE)
    assert (row.path, row.amount) == (Path.DEPOSIT, Decimal("0.1"))
    assert all(each.balances for each in ledger.balance())


DEPOSIT = [
    {"type": "function", "name": "depositTo", "inputs": [{"name": "account", "type": "address"}], "outputs": [],
     "stateMutability": "payable"}
]  # fmt: skip

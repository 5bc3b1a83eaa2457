"""Opening balance, plus what came, less what left, is what the chain has; or the ledger says what isn't explained."""

from __future__ import annotations

import json

from eth_abi import encode
from eth_utils import keccak

from peculium import NATIVE, send_transaction
from peculium.devnet.anvil import rpc
from peculium.ledger import Ledger


def by_symbol(ledger, **options):
    return {each.symbol: each for each in ledger.balance(**options)}


def test_money_that_appears_without_a_transfer_is_named(created, ledger, web3):
    ledger.update()
    rpc(web3, "anvil_setBalance", created.wallet.address, hex(3 * 10**18))
    rpc(web3, "evm_mine")
    ledger.update()
    native = by_symbol(ledger)["native"]
    assert (native.expected, native.difference, native.balances) == (0, 3 * 10**18, False)
    assert str(native).endswith("; the chain has 3 native more")


def test_money_that_disappears_without_a_transfer_is_named(created, ledger, web3, dai):
    # The balance of the first mapping of OpenZeppelin's ERC-20.
    slot = keccak(encode(["address", "uint256"], [created.wallet.address, 0]))
    rpc(web3, "anvil_setStorageAt", dai.address, "0x" + slot.hex(), "0x" + (0).to_bytes(32).hex())
    rpc(web3, "evm_mine")
    ledger.update()
    found = by_symbol(ledger)["tDAI"]
    assert found.difference == -(10**24)
    assert str(found).endswith("; the chain has 1000000 tDAI less")


def test_transactions_of_the_key_that_nothing_explains_are_counted(buyer, ledger, agent, stranger, web3):
    buyer.pay("USDC", "supplier", 1)
    send_transaction(web3, agent, stranger.address, b"", value=1)
    send_transaction(web3, agent, stranger.address, b"", value=1)
    ledger.update()
    (use,) = ledger.key_use()
    assert (use.key, use.sent, use.explained, use.unexplained) == (agent.address, 3, 1, 2)


def test_a_life_balances(life, ledger):
    life.all()
    ledger.update()
    found = ledger.balance()
    assert {each.symbol for each in found} == {"native", "USDC", "tDAI", "USDT"}
    assert all(each.balances for each in found), [str(each) for each in found]
    assert by_symbol(ledger)["USDC"].came == 10**12
    assert [use.unexplained for use in ledger.key_use()] == [0]
    assert json.dumps([each.as_dict() for each in found])


def test_a_ledger_that_begins_later_has_an_opening_balance(buyer, created, place, suite, web3):
    buyer.pay("USDC", "supplier", 1)
    first = web3.eth.block_number + 1
    buyer.pay("USDC", "supplier", 2)
    with Ledger.open(place) as ledger:
        ledger.follow(suite, [created.wallet.address], first_block=first)
        ledger.update()
        found = by_symbol(ledger)["USDC"]
    assert (found.opening, found.came, found.left) == (999_999 * 10**6, 0, 2 * 10**6)
    assert found.balances


def test_what_was_authorized_before_a_later_beginning_is_known(life, created, place, suite, web3):
    made = life.agent.preauthorize("USDC", "supplier", 2, "paid later")
    first = web3.eth.block_number + 1
    life.settle(made)
    life.settle(life.agent.write_cheque("USDC", "supplier", "0.5"))
    with Ledger.open(place) as ledger:
        ledger.follow(suite, [created.wallet.address], first_block=first)
        ledger.update()
        found = [(row.path.value, row.text) for row in ledger.rows()]
        assert all(each.balances for each in ledger.balance())
    assert found == [("authorization", "paid later"), ("cheque", "")]


def test_money_moves_between_two_wallets_of_a_fleet(buyer, new_agent, created, suite, principal, other_agent, place):
    other = new_agent(key=other_agent)
    with Ledger.open(place) as ledger:
        ledger.follow(suite, principal=principal.address)
        ledger.update()
        created.wallet.withdraw(principal, buyer.lookup.token("USDC"), other.wallet.address, 5)
        ledger.update()
        moved = [(row.wallet, row.incoming, row.path.value) for row in ledger.rows(payee=other.wallet.address)]
        back = [(row.wallet, row.incoming, row.path.value) for row in ledger.rows(payee=created.wallet.address)]
        assert all(each.balances for each in ledger.balance())
    assert moved == [(created.wallet.address, False, "withdrawal")]
    assert back == [(other.wallet.address, True, "deposit")]


def test_a_fleet_gets_wallets_that_are_created_later(created, new_agent, suite, principal, other_agent, place):
    with Ledger.open(place) as ledger:
        ledger.follow(suite, principal=principal.address)
        ledger.update()
        assert ledger.wallets() == [created.wallet.address]
        other = new_agent(key=other_agent)
        ledger.update()
        assert ledger.wallets() == [created.wallet.address, other.wallet.address]
        assert all(each.balances for each in ledger.balance(agent=other.wallet.address))


def test_only_blocks_with_enough_confirmations_are_read(buyer, ledger, web3):
    buyer.pay("USDC", "supplier", 1)
    (progress,) = ledger.update(confirmations=3)
    assert progress.block == web3.eth.block_number - 2
    assert list(ledger.rows(path="direct")) == []
    rpc(web3, "anvil_mine", "0x2")
    ledger.update(confirmations=3)
    assert len(list(ledger.rows(path="direct"))) == 1


def test_native_is_among_the_balances_of_a_wallet_without_movements(new_agent, other_agent, suite, place):
    other = new_agent(key=other_agent)
    with Ledger.open(place) as ledger:
        ledger.follow(suite, [other.wallet.address])
        ledger.update()
        assert NATIVE in {each.token for each in ledger.balance()}

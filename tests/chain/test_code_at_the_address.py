"""An address without code is refused: a transaction to it would succeed and do nothing."""

from __future__ import annotations

import pytest

from peculium import AgentWallet, EntryPoint, PrincipalPaymaster, RevocationSwitch, errors
from peculium.devnet.anvil import run_anvil
from peculium.operations import ENTRY_POINT


@pytest.fixture
def later(devnet, made):
    """A wallet that isn't created yet, with money in it."""
    address = devnet.suite.factory.wallet_address(made.principal.address, made.agent.address, 7)
    devnet.mint(devnet.usdc, address, 1_000)
    return devnet.suite.wallet(address)


@pytest.fixture(scope="module")
def other_chain(made):
    """A chain without the suite, where principal and agent have ether."""
    with run_anvil(1_800_000_000, "--chain-id", "8453") as web3:
        for account in (made.principal, made.agent):
            web3.provider.make_request("anvil_setBalance", [account.address, hex(10**21)])
        yield web3


def test_would_refuse_refuses_a_wallet_that_is_not_created(later, made, devnet):
    with pytest.raises(errors.NoContractHere, match=f"no contract at {later.address} on chain 31337"):
        later.would_refuse(made.agent.address, devnet.usdc.address, made.payee, 40)


def test_pay_refuses_a_wallet_that_is_not_created_and_sends_nothing(later, made, devnet):
    sent = devnet.web3.eth.get_transaction_count(made.agent.address)
    with pytest.raises(errors.NoContractHere, match="Nothing was sent"):
        later.pay(made.agent, devnet.usdc.address, made.payee, 40, "INV-1")
    assert devnet.web3.eth.get_transaction_count(made.agent.address) == sent


@pytest.mark.parametrize("read", [lambda wallet: wallet.principal, lambda wallet: wallet.remaining("USD")])
def test_reads_refuse_a_wallet_that_is_not_created(later, read):
    with pytest.raises(errors.NoContractHere):
        read(later)


def test_finds_the_wallet_once_it_is_created(later, made, devnet):
    with pytest.raises(errors.NoContractHere):
        _ = later.principal
    devnet.suite.factory.create_wallet(devnet.role("relayer"), made.principal.address, made.agent.address, 7)
    assert later.principal == made.principal.address


ACTIONS = {
    "revoke_all": lambda web3, made: RevocationSwitch(web3, made.wallet.address).revoke_all(made.principal),
    "pause_all": lambda web3, made: RevocationSwitch(web3, made.wallet.address).pause_all(made.principal),
    "revoke": lambda web3, made: RevocationSwitch(web3, made.wallet.address).revoke(
        made.principal, made.wallet.address
    ),
    "lift_mandate": lambda web3, made: AgentWallet(web3, made.wallet.address).lift_mandate(made.principal),
    "resign": lambda web3, made: AgentWallet(web3, made.wallet.address).resign(made.agent),
    "deposit_to": lambda web3, made: EntryPoint(web3, ENTRY_POINT).deposit_to(made.principal, made.wallet.address, 1),
    "deposit": lambda web3, made: PrincipalPaymaster(web3, made.wallet.address).deposit(made.principal, 1),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_sending_refuses_a_chain_without_the_contract_and_sends_nothing(action, made, other_chain):
    counts = [other_chain.eth.get_transaction_count(each.address) for each in (made.principal, made.agent)]
    with pytest.raises(errors.NoContractHere, match="on chain 8453"):
        action(other_chain, made)
    assert [other_chain.eth.get_transaction_count(each.address) for each in (made.principal, made.agent)] == counts
    assert other_chain.eth.get_balance(ENTRY_POINT) == 0


def test_refuses_a_success_without_the_expected_event(devnet, made):
    """Some contract is there, which accepts any call and does nothing."""
    address = devnet.role("nobody").address
    devnet.web3.provider.make_request("anvil_setCode", [address, "0x00"])
    with pytest.raises(errors.EventMissing, match="emitted no AllRevoked") as caught:
        RevocationSwitch(devnet.web3, address).revoke_all(made.principal)
    assert caught.value.hash in str(caught.value)


def test_refuses_a_node_that_serves_another_chain_than_before(proxy, connect, pay, received):
    connected = connect()
    pay(connected, 1)
    proxy.hook = lambda method, parameters, forward: {"result": "0x1"} if method == "eth_chainId" else forward()
    with pytest.raises(errors.WrongChain, match="serves chain 1, and has served chain 31337"):
        pay(connected, 2)
    assert received() == 1

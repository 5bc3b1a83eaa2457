"""The CREATE2 deployer is created where it is missing, with the transaction that is the same on every chain."""

from __future__ import annotations

from decimal import Decimal

import pytest
from eth_account import Account
from web3 import Web3

from peculium.chain.transactions import configure_sending
from peculium.deployments.create2 import DEPLOYER, DEPLOYER_CODE
from peculium.deployments.create2_deployer import COST, GAS_PRICE, HASH, SENDER, TRANSACTION
from peculium.deployments.deploy import deploy
from peculium.deployments.plan import plan_deployment
from peculium.deployments.verify import verify_suite
from peculium.devnet.anvil import rpc
from peculium.devnet.contracts import contract_address
from peculium.errors import ChainUnavailable, OutcomeUnknown, WrongContract
from verification.testing.deploying import CREATIONS
from verification.testing.providers import SEND, Answering, Killed

REPLAYABLE = "only replay-protected (EIP-155) transactions allowed over RPC"


@pytest.fixture
def without_deployer(web3):
    """Removes the CREATE2 deployer from the chain, as if nobody had created it."""
    rpc(web3, "anvil_setCode", DEPLOYER, "0x")
    rpc(web3, "anvil_setNonce", DEPLOYER, "0x0")
    rpc(web3, "anvil_setNonce", SENDER, "0x0")


@pytest.fixture
def answering(web3):
    """A connection whose node answers to the transaction without a chain id in a given way."""

    def connected(error):
        def send(parameters):
            if parameters[0] == TRANSACTION:
                return {"error": {"code": -32000, "message": error}}
            return web3.provider.make_request(SEND, parameters)

        return Web3(Answering(web3.provider, {SEND: send}))

    return connected


def test_its_transaction_is_the_one_that_everybody_knows():
    assert Account.recover_transaction(TRANSACTION) == SENDER
    assert contract_address(SENDER, 0) == DEPLOYER


def test_refuses_a_node_that_takes_no_transaction_without_a_chain_id(answering, deployer, without_deployer, sent):
    """Found out before its sender is paid: that money would be lost."""
    with pytest.raises(ChainUnavailable, match=r"only replay-protected .* Nothing was sent\. Use a node that takes it"):
        deploy(answering(REPLAYABLE), deployer)
    assert sent() == 0


def test_refuses_a_chain_whose_gas_costs_more_than_it_pays(web3, deployer, without_deployer, sent):
    def expensive(parameters):
        answer = web3.provider.make_request("eth_getBlockByNumber", parameters)
        answer["result"]["baseFeePerGas"] = hex(GAS_PRICE + 10**9)
        return answer

    connected = Web3(Answering(web3.provider, {"eth_getBlockByNumber": expensive}))
    with pytest.raises(ChainUnavailable, match="pays 100 gwei, and the block asks for 101 gwei"):
        deploy(connected, deployer)
    assert sent() == 0


def test_refuses_a_chain_on_which_its_transaction_has_failed(web3, deployer, without_deployer, sent):
    """Whoever paid again would lose the money: its sender's only transaction is used."""
    rpc(web3, "anvil_setNonce", SENDER, "0x1")
    with pytest.raises(ChainUnavailable, match=r"its transaction 0x\w+ was included and has created nothing"):
        deploy(web3, deployer)
    assert sent() == 0


def test_refuses_another_contract_at_its_address(web3, deployer, sent):
    rpc(web3, "anvil_setCode", DEPLOYER, "0x00")
    with pytest.raises(WrongContract, match="isn't the CREATE2 deployer"):
        deploy(web3, deployer)
    assert sent() == 0


def test_says_unknown_while_its_transaction_is_not_included(web3, answering, deployer, without_deployer, at_once):
    rpc(web3, "anvil_setBalance", SENDER, hex(COST))
    connected = answering("already known")
    configure_sending(connected, timeout=0.1)
    with pytest.raises(OutcomeUnknown, match=r"0\.01 of the native currency.*it isn't paid twice") as raised:
        deploy(connected, deployer)
    assert raised.value.hash == HASH


def test_the_plan_shows_its_cost(web3, deployer, without_deployer):
    plan = plan_deployment(web3, deployer.address)
    assert plan.deployer_missing
    assert plan.gas == 21_000 + sum(each.gas for each in plan.contracts)
    assert plan.cost == plan.gas * plan.gas_price.scaleb(-9) + Decimal("0.01")


def test_is_created_before_the_suite(web3, deployer, without_deployer, sent):
    deploy(web3, deployer)
    assert web3.eth.get_code(DEPLOYER) == DEPLOYER_CODE
    assert sent() == 1 + CREATIONS
    assert verify_suite(web3).same


def test_pays_only_what_its_sender_lacks(web3, deployer, without_deployer, sent):
    rpc(web3, "anvil_setBalance", SENDER, hex(COST))
    plan = plan_deployment(web3, deployer.address)
    assert plan.cost == plan.gas * plan.gas_price.scaleb(-9)
    deploy(web3, deployer)
    assert sent() == CREATIONS


def test_is_paid_once_by_a_run_that_is_killed(web3, deployer, without_deployer, journal, sent):
    for killed in range(3):
        assert not web3.eth.get_code(DEPLOYER)
        with pytest.raises(SystemExit):
            deploy(Web3(Killed(web3.provider, before=killed == 0, spared=(TRANSACTION,))), deployer, journal=journal)
    # Once between journal and node, once after the payment, then at the first creation, which a block may not include yet.
    rpc(web3, "evm_mine")
    assert web3.eth.get_code(DEPLOYER)
    assert sent() == 2

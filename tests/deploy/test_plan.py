"""What a deployment would do and cost, and what is refused before anything is sent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from web3 import Web3

from peculium.deployments import packaged_artifact, packaged_suite
from peculium.deployments.create2 import DEPLOYER
from peculium.deployments.deploy import deploy
from peculium.deployments.gas import computed_gas
from peculium.deployments.plan import NO_DATA_FEE, plan_deployment
from peculium.deployments.planned import plan_suite
from peculium.devnet.anvil import rpc
from peculium.errors import ChainTooOld, NoContractHere, NodeUnreachable, NotEnoughGas, WrongContract
from peculium.errors.money import digits
from peculium.operations import ENTRY_POINT
from verification.sending.proxy import HttpFault, Proxy
from verification.testing.contracts import deploy_published
from verification.testing.providers import Answering

ETHER = 10**18


@pytest.fixture
def addresses():
    """Where the suite will be, by name."""
    return {each.name: each.address for each in plan_suite(packaged_suite(), ENTRY_POINT)}


@pytest.fixture
def refused(web3, deployer, sent):
    """Checks that plan and deployment raise, and that nothing was sent. Returns the message."""

    def message(kind, connected=None, **options):
        with pytest.raises(kind):
            plan_deployment(connected or web3, deployer.address, **options).require()
        with pytest.raises(kind) as raised:
            deploy(connected or web3, deployer, **options)
        assert sent() == 0
        return str(raised.value)

    return message


def test_refuses_an_account_that_cannot_pay(web3, deployer, refused):
    needed = plan_deployment(web3, deployer.address).needed
    rpc(web3, "anvil_setBalance", deployer.address, hex(int(needed * ETHER) - 1))
    assert f"the deployment needs {digits(needed)}, of which it spends" in refused(NotEnoughGas)
    rpc(web3, "anvil_setBalance", deployer.address, hex(int(needed * ETHER)))
    assert all(not each.found for each in deploy(web3, deployer).contracts if each.init_code_hash)


def test_names_the_faucets_of_a_test_network(web3, deployer, set_chain_id):
    rpc(web3, "anvil_setBalance", deployer.address, "0x0")
    set_chain_id(84532)
    with pytest.raises(NotEnoughGas, match=r"Faucets: https://faucet.chainstack.com/"):
        plan_deployment(web3, deployer.address).require()


def test_refuses_an_entry_point_without_code(refused, payee):
    assert f"has no EntryPoint at {payee.address}" in refused(NoContractHere, entry_point=payee.address)


def test_refuses_an_entry_point_with_another_interface(refused, usdc):
    assert "isn't an EntryPoint of version 0.8 or 0.9" in refused(WrongContract, entry_point=usdc.address)


def test_refuses_an_entry_point_of_another_chain(web3, refused):
    """A contract that copies another chain's EntryPoint has the right interface and the wrong domain."""

    def other_chain(parameters):
        answer = web3.provider.make_request("eth_call", parameters)
        if parameters[0].get("data", "")[:10] == "0x84b0196e":
            answer["result"] = answer["result"].replace(hex(31337)[2:].zfill(64), hex(31338)[2:].zfill(64))
        return answer

    answering = Web3(Answering(web3.provider, {"eth_call": other_chain}))
    assert "its EIP-712 domain isn't that of an EntryPoint on this chain" in refused(WrongContract, answering)


def test_refuses_other_code_at_an_address_of_the_suite(web3, refused, addresses):
    rpc(web3, "anvil_setCode", addresses["ViewsModule"], "0x00")
    assert f"The address of ViewsModule, {addresses['ViewsModule']}, has other code" in refused(WrongContract)


def test_refuses_a_chain_before_cancun(web3, refused):
    def too_old(parameters):
        if "to" not in parameters[0]:
            return {"error": {"code": -32000, "message": "invalid opcode: TSTORE"}}
        return web3.provider.make_request("eth_call", parameters)

    answering = Web3(Answering(web3.provider, {"eth_call": too_old}))
    assert "doesn't run PUSH0, TSTORE, TLOAD, MCOPY" in refused(ChainTooOld, answering)


def test_refuses_a_url_that_answers_html(refused):
    def page(method, parameters, forward):
        raise HttpFault(200, "<html><body>Welcome</body></html>")

    with Proxy("http://127.0.0.1:1") as proxy:
        proxy.hook = page
        assert "it answers something else than JSON" in refused(NodeUnreachable, proxy.url)


def test_a_fresh_chain_shows_what_each_contract_costs(web3, deployer):
    plan = plan_deployment(web3, deployer.address)
    assert {each.state for each in plan.contracts} == {"missing"}
    assert not plan.complete
    assert plan.gas == sum(each.gas for each in plan.contracts)
    assert plan.cost == plan.gas * plan.gas_price.scaleb(-9)
    before = web3.eth.get_balance(deployer.address)
    done = {each.name: each for each in deploy(web3, deployer).contracts}
    for each in plan.contracts:
        used = done[each.name].gas_used
        assert used <= each.gas <= 1.02 * used
    paid = Decimal(before - web3.eth.get_balance(deployer.address)) / ETHER
    assert paid <= plan.cost <= plan.needed


def test_a_complete_chain_costs_nothing(web3, deployer, sent):
    deploy(web3, deployer)
    plan = plan_deployment(web3, deployer.address)
    assert plan.complete
    assert (plan.gas, plan.cost, plan.needed, plan.notes) == (0, 0, 0, ())
    before = sent()
    assert all(each.found for each in deploy(web3, deployer).contracts)
    assert sent() == before


def test_an_incomplete_chain_costs_what_is_missing(web3, deployer, addresses):
    deploy(web3, deployer)
    rpc(web3, "anvil_setCode", addresses["ViewsModule"], "0x")
    missing = plan_deployment(web3, deployer.address).missing
    assert [each.name for each in missing] == ["ViewsModule"]


def test_an_empty_plan_needs_no_account(web3):
    plan = plan_deployment(web3)
    assert (plan.account, plan.balance) == (None, None)
    assert plan.require() is plan


def test_gas_is_computed_where_the_node_does_not_estimate(web3, deployer):
    refusal = {"error": {"code": -32602, "message": "too many arguments, want at most 2"}}
    plan = plan_deployment(Web3(Answering(web3.provider, {"eth_estimateGas": lambda _: refusal})), deployer.address)
    exact = plan_deployment(web3, deployer.address)
    assert plan.gas == pytest.approx(exact.gas, rel=0.03)
    assert not any(each.estimated for each in plan.missing if each.gas)
    assert "Ethereum's costs are used" in plan.notes[-1]


def test_computed_gas_grows_with_the_code_that_stays():
    init_code = packaged_artifact("P256Verifier").init_code
    assert computed_gas(init_code, [101]) - computed_gas(init_code, [100]) == 200


def test_says_that_the_fee_for_data_is_not_included(web3):
    plan = plan_deployment(web3)
    assert plan.data_fee is None
    assert NO_DATA_FEE in plan.notes


def test_includes_the_fee_for_data_of_a_rollup_that_says_it(web3):
    # It answers each call with 10**15 wei.
    rpc(web3, "anvil_setCode", "0x420000000000000000000000000000000000000F", "0x66038d7ea4c6800060005260206000f3")
    plan = plan_deployment(web3)
    assert plan.data_fee == Decimal("0.001") * sum(bool(each.gas) for each in plan.contracts)
    assert plan.cost == plan.gas * plan.gas_price.scaleb(-9) + plan.data_fee
    assert plan.notes == ()


def test_names_the_version_of_the_entry_point(web3, deployer):
    newer = deploy_published(web3, deployer, "EntryPoint", "0.9")
    assert plan_deployment(web3).entry_point_version == "0.8"
    assert plan_deployment(web3, entry_point=newer.address).entry_point_version == "0.9"


def test_is_given_to_a_program_without_floats(web3, deployer):
    content = plan_deployment(web3, deployer.address).as_dict()
    assert content["deployer_missing"] is (web3.eth.get_code(DEPLOYER) == b"")
    assert all(isinstance(content[name], str) for name in ("cost", "needed", "balance", "gas_price_gwei"))

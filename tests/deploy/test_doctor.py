"""`diagnose`: what is wrong with a chain, its node or an account, and what to do."""

from __future__ import annotations

import pytest
from eth_abi import encode
from eth_utils import keccak
from web3 import Web3

from peculium.deployments import doctor, suite_addresses
from peculium.deployments.create2 import DEPLOYER
from peculium.deployments.deploy import deploy
from peculium.deployments.doctor import diagnose
from peculium.deployments.entry_points import ENTRY_POINTS
from peculium.deployments.networks import KnownToken
from peculium.deployments.plan import plan_deployment
from peculium.deployments.probes import P256_SIGNED
from peculium.devnet.anvil import rpc
from peculium.operations import ENTRY_POINT
from verification.sending.proxy import HttpFault, Proxy
from verification.testing.providers import Answering

BASE_SEPOLIA, ARBITRUM_SEPOLIA = 84532, 421614


@pytest.fixture
def finding(web3, now):
    """A finding of a diagnosis, as (grade, text, next)."""

    def found(name, connected=None, account=None, clock=None, **options):
        each = diagnose(connected or web3, account, now=clock or now, **options).of(name)
        return each.grade, each.text, each.next

    return found


@pytest.fixture
def answering(web3):
    """A connection whose node answers some methods in a given way."""
    return lambda **answers: Web3(Answering(web3.provider, answers))


def error(message, code=-32000):
    return {"error": {"code": code, "message": message}}


# The node


def test_a_node_that_does_not_answer_is_the_only_finding():
    diagnosis = diagnose("http://127.0.0.1:1")
    assert [(each.name, each.grade) for each in diagnosis.findings] == [("node", "fail")]
    assert (diagnosis.chain_id, diagnosis.grade) == (None, "fail")


def test_a_page_in_html_is_no_node():
    def page(method, parameters, forward):
        raise HttpFault(200, "<html>Welcome</html>")

    with Proxy("http://127.0.0.1:1") as proxy:
        proxy.hook = page
        assert "something else than JSON" in diagnose(proxy.url).of("node").text


def test_another_chain_behind_the_url_of_a_network(node_url, monkeypatch):
    monkeypatch.setenv("BASE_SEPOLIA_RPC", node_url)
    found = diagnose("base-sepolia").of("node")
    assert (found.grade, "serves chain 31337" in found.text) == ("fail", True)


@pytest.mark.parametrize(
    ("offset", "grade", "words"),
    [
        (-31, "fail", "clock is 31 seconds behind the last block"),
        (-30, "ok", "0 seconds old"),
        (30, "ok", "30 seconds old"),
        (31, "warn", "31 seconds older than this machine's clock"),
    ],
)
def test_compares_the_clocks_of_machine_and_chain(finding, now, offset, grade, words):
    found = finding("clock", clock=lambda: now() + offset)
    assert (found[0], words in found[1]) == (grade, True)


def test_allows_for_the_block_time_of_the_network(finding, now, set_chain_id):
    set_chain_id(BASE_SEPOLIA)
    assert finding("clock", clock=lambda: now() + 40)[0] == "ok"
    assert finding("clock", clock=lambda: now() + 41)[0] == "warn"


def test_a_node_that_does_not_say_what_is_final(web3, finding, answering, set_chain_id):
    def block(parameters):
        return (
            error("unknown tag")
            if parameters[0] == "finalized"
            else web3.provider.make_request("eth_getBlockByNumber", parameters)
        )

    set_chain_id(BASE_SEPOLIA)
    assert finding("finality")[0] == "ok"
    assert finding("finality", answering(eth_getBlockByNumber=block))[0] == "fail"


@pytest.mark.parametrize(
    ("most", "grade", "words"),
    [
        (99, "fail", "doesn't search 100 blocks"),
        (500, "warn", "searches 500 blocks"),
        (10_000, "ok", "searches 10,000 blocks"),
    ],
)
def test_finds_out_how_many_blocks_are_searched_at_once(web3, finding, answering, most, grade, words):
    def block(parameters):
        answer = web3.provider.make_request("eth_getBlockByNumber", parameters)
        answer["result"]["number"] = hex(1_000_000)
        return answer

    def logs(parameters):
        blocks = int(parameters[0]["toBlock"], 16) - int(parameters[0]["fromBlock"], 16) + 1
        return error(f"block range is limited to {most}") if blocks > most else {"result": []}

    found = finding("events", answering(eth_getLogs=logs, eth_getBlockByNumber=block))
    assert (found[0], words in found[1]) == (grade, True)


# The chain


def test_a_chain_before_cancun(web3, finding, answering):
    def call(parameters):
        return (
            error("invalid opcode: MCOPY")
            if "to" not in parameters[0]
            else web3.provider.make_request("eth_call", parameters)
        )

    grade, text, advice = finding("Cancun", answering(eth_call=call))
    assert (grade, advice) == ("fail", "Use another chain.")
    assert "doesn't run PUSH0, TSTORE, TLOAD, MCOPY" in text


def test_a_precompile_for_p256_that_the_file_promises(finding, set_chain_id):
    """Anvil at Cancun has none; no source says anything of Arbitrum Sepolia."""
    set_chain_id(ARBITRUM_SEPOLIA)
    assert finding("P-256")[:2] == (
        "warn", "No precompile verifies signatures on P-256: actions of agent keys on P-256 cost more gas."
    )  # fmt: skip
    set_chain_id(BASE_SEPOLIA)
    assert "the file of networks says otherwise" in finding("P-256")[1]


def test_the_probe_of_the_precompile_is_a_valid_signature(web3, deploy, finding, answering):
    verifier, signed = deploy("P256Verifier").address, bytes.fromhex(P256_SIGNED)
    function = keccak(text="verify(bytes,bytes32,bytes)")[:4]
    arguments = encode(["bytes", "bytes32", "bytes"], [signed[96:], signed[:32], signed[32:96]])
    assert web3.eth.call({"to": verifier, "data": function + arguments})[:4] == function

    def call(parameters):
        if parameters[0].get("to", "").endswith("0100"):
            return {"result": "0x" + "1".zfill(64)}
        return web3.provider.make_request("eth_call", parameters)

    assert finding("P-256", answering(eth_call=call))[0] == "ok"


def test_a_chain_without_the_create2_deployer(web3, finding):
    rpc(web3, "anvil_setCode", DEPLOYER, "0x")
    assert finding("CREATE2 deployer")[0] == "warn"
    rpc(web3, "anvil_setCode", DEPLOYER, "0x00")
    assert finding("CREATE2 deployer")[0] == "fail"


def test_an_entry_point_without_code_or_with_another_interface(web3, finding, usdc):
    assert finding("EntryPoint 0.8")[0] == "ok"
    assert finding("EntryPoint 0.9") == ("ok", f"It isn't at {ENTRY_POINTS['0.9']}.", "")
    assert finding("EntryPoint 0.9", entry_point=ENTRY_POINTS["0.9"])[0] == "fail"
    rpc(web3, "anvil_setCode", ENTRY_POINT, "0x" + bytes(web3.eth.get_code(usdc.address)).hex())
    grade, text, _ = finding("EntryPoint 0.8")
    assert (grade, "isn't an EntryPoint" in text) == ("fail", True)
    assert finding("suite")[0] == "fail"


def test_the_older_entry_point_at_the_address_of_the_newer(web3, finding):
    """Its domain has the address that it is called at, so only the interface tells."""
    rpc(web3, "anvil_setCode", ENTRY_POINTS["0.9"], "0x" + bytes(web3.eth.get_code(ENTRY_POINT)).hex())
    assert finding("EntryPoint 0.9")[:2] == ("fail", f"{ENTRY_POINTS['0.9']} has the interface of version 0.8.")


# The account and the suite


def test_an_account_without_money(web3, finding, stranger, set_chain_id):
    set_chain_id(BASE_SEPOLIA)
    rpc(web3, "anvil_setBalance", stranger.address, "0x0")
    grade, text, advice = finding("balance", account=stranger.address)
    assert grade == "fail"
    assert f"{stranger.address} has 0 of the native currency; the deployment needs" in text
    assert "Faucets: https://faucet.chainstack.com/" in advice


def test_a_missing_suite_and_what_it_costs(web3, finding, deployer):
    plan = plan_deployment(web3, deployer.address)
    grade, text, advice = finding("suite", account=deployer.address)
    assert (grade, advice) == ("warn", "peculium deploy")
    assert text == f"10 of 10 contracts are missing; their deployment costs about {plan.cost.normalize():f} now."
    assert finding("balance", account=deployer.address)[0] == "ok"


def test_a_complete_suite_and_one_that_differs(web3, finding, deployer):
    deploy_to = deploy(web3, deployer)
    assert finding("suite") == ("ok", f"All {len(deploy_to.contracts)} contracts are there.", "")
    rpc(web3, "anvil_setCode", suite_addresses()["ViewsModule"], "0x00")
    assert finding("suite") == ("fail", "Other code is at the address of ViewsModule.", "peculium verify")


# Tokens


@pytest.fixture
def known(usdc, monkeypatch):
    """Has the test token in the file of known tokens."""

    def listed(**changes):
        fields = {
            "symbol": "USDC",
            "address": usdc.address,
            "decimals": 6,
            "domain_name": "USD Coin",
            "domain_version": "2",
        }
        token = KnownToken(chain_id=31337, source="a test", **{**fields, **changes})
        monkeypatch.setattr(doctor, "tokens", lambda chain_id: {token.symbol: token})

    return listed


@pytest.mark.parametrize(
    ("changes", "grade", "words"),
    [
        ({"address": DEPLOYER}, "fail", "doesn't say its decimals"),
        ({"decimals": 18}, "fail", "has 6 decimals; the file says 18"),
        ({"domain_name": "USDC"}, "fail", "; the file says"),
        ({"domain_version": "1"}, "fail", "; the file says"),
        ({"symbol": "EURC"}, "warn", "calls itself"),
        ({"domain_name": None, "domain_version": None}, "ok", "USD Coin"),
        ({}, "ok", "6 decimals, EIP-712 domain"),
    ],
)
def test_compares_a_token_with_the_file(finding, known, changes, grade, words):
    known(**changes)
    found = finding(f"token {changes.get('symbol', 'USDC')}")
    assert (found[0], words in found[1]) == (grade, True)


@pytest.mark.parametrize(("domain", "grade"), [("Test Dai", "fail"), (None, "warn")])
def test_a_token_that_proves_no_domain(finding, known, usdt, domain, grade):
    known(address=usdt.address, domain_name=domain, domain_version=domain and "1")
    assert finding("token USDC")[0] == grade


# All of it


def test_takes_few_round_trips(web3, node_url, known, deployer):
    known()
    with Proxy(node_url) as proxy:
        diagnose(proxy.url, deployer.address)
    # The chain id, all that is on the chain, events, and the two of a plan.
    assert len(proxy.trips) == 5


def test_is_given_to_a_program(web3):
    content = diagnose(web3).as_dict()
    assert content["chain_id"] == 31337
    assert content["grade"] in ("ok", "warn", "fail")
    assert all(each.keys() == {"name", "grade", "text", "next"} for each in content["findings"])

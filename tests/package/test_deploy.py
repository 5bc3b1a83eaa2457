"""`deploy_suite`: idempotent, at the same addresses for everybody, compared with the build."""

import json

import pytest

from peculium import ChainUnavailable, InvalidInput, Suite
from peculium.deployments.create2 import DEPLOYER
from peculium.deployments.deploy import deploy_suite
from peculium.deployments.expected import same_code
from peculium.devnet.artifacts import suite_artifacts


@pytest.fixture(scope="module")
def built():
    """The compiled contracts by name."""
    return suite_artifacts()


@pytest.fixture
def first(web3, deployer, built):
    """A deployment of the suite."""
    return deploy_suite(web3, deployer, built)


@pytest.fixture
def manifest(first, tmp_path):
    """The deployment's manifest as a file."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(first.manifest()))
    return path


def test_refuses_a_chain_without_the_create2_deployer(web3, deployer, built):
    web3.provider.make_request("anvil_setCode", [DEPLOYER, "0x"])
    with pytest.raises(ChainUnavailable, match="no CREATE2 deployer"):
        deploy_suite(web3, deployer, built)


def test_refuses_code_that_differs_from_the_build(web3, deployer, built, first):
    for each in first.contracts:
        code = bytearray(web3.eth.get_code(each.address))
        web3.provider.make_request("anvil_setCode", [each.address, "0x" + bytes([*code[:-1], code[-1] ^ 1]).hex()])
        with pytest.raises(ChainUnavailable, match=each.name):
            deploy_suite(web3, deployer, built)
        web3.provider.make_request("anvil_setCode", [each.address, "0x" + code.hex()])


def test_refuses_a_manifest_of_another_chain(node_url, manifest):
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "chain_id": 5}))
    with pytest.raises(ChainUnavailable, match="chain 5"):
        Suite.connect(node_url, manifest)


def test_refuses_a_manifest_whose_contracts_are_missing(node_url, manifest):
    content = json.loads(manifest.read_text())
    content["contracts"]["AgentRegistry"]["address"] = "0x" + "11" * 20
    manifest.write_text(json.dumps(content))
    with pytest.raises(ChainUnavailable, match="AgentRegistry has no code"):
        Suite.connect(node_url, manifest)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can't be read"),
        ("{", "isn't a deployment manifest"),
        ("[]", "isn't a deployment manifest"),
        ('{"chain_id": 31337}', "isn't a deployment manifest"),
        ('{"chain_id": 31337, "contracts": {}}', "lacks AgentRegistry, AgentWalletFactory, CredentialRegistry"),
        ('{"chain_id": 31337, "contracts": {"AgentRegistry": {"address": "0x12"}}}', "isn't a deployment manifest"),
    ],
)
def test_refuses_a_file_that_is_no_manifest(content, words, node_url, tmp_path):
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput, match=words):
        Suite.connect(node_url, path)


def test_connects_by_addresses_in_lower_case(node_url, manifest, first):
    content = json.loads(manifest.read_text())
    for each in content["contracts"].values():
        each["address"] = each["address"].lower()
    manifest.write_text(json.dumps(content))
    assert Suite.connect(node_url, manifest).factory.address == first.suite.factory.address


def test_refuses_a_node_that_does_not_answer(manifest):
    with pytest.raises(ChainUnavailable, match="No answer"):
        Suite.connect("http://127.0.0.1:1", manifest)


def test_second_run_sends_nothing(web3, deployer, built, first):
    sent = web3.eth.get_transaction_count(deployer.address)
    second = deploy_suite(web3, deployer, built)
    assert web3.eth.get_transaction_count(deployer.address) == sent
    assert all(each.found for each in second.contracts)
    assert [each.address for each in second.contracts] == [each.address for each in first.contracts]


def test_addresses_do_not_depend_on_the_deployer(web3, relayer, built, first):
    assert [each.address for each in deploy_suite(web3, relayer, built).contracts] == [
        each.address for each in first.contracts
    ]


def test_connects_to_the_suite_of_a_manifest(node_url, first, manifest):
    suite = Suite.connect(node_url, manifest)
    assert suite.switch.address == first.suite.switch.address


@pytest.mark.parametrize(
    ("code", "built", "same"),
    [
        (b"\x60\x01", b"\x60\x01", True),
        (b"\x60\x02", b"\x60\x01", False),
        (b"\x60", b"\x60\x01", False),
        (b"\x5b\x7f" + b"\x11" * 32 + b"\x5b", b"\x5b\x7f" + bytes(32) + b"\x5b", True),
        (b"\x5b\x7f" + b"\x11" * 32 + b"\x5c", b"\x5b\x7f" + bytes(32) + b"\x5b", False),
        (b"\x5b\x7f" + b"\x11" * 32, b"\x5b\x7f" + b"\x12" * 32, False),
        (b"\x61" + b"\x11" * 32, b"\x61" + bytes(32), False),
    ],
)
def test_same_code_allows_differences_in_immutables_only(code, built, same):
    assert same_code(code, built) is same

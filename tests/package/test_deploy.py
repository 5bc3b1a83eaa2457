"""Deployment: idempotent, at the same addresses everywhere, and checked against the build."""

import pytest

from peculium import ChainUnavailable, Suite
from peculium.deployment import DEPLOYER, deploy_suite, same_code
from peculium.devnet.artifacts import artifacts
from toolchain.ape_network import compiler_settings


@pytest.fixture(scope="module")
def built():
    """The contracts as compiled."""
    return artifacts()


@pytest.fixture
def first(web3, deployer, built):
    """A deployment to a chain where nothing is."""
    return deploy_suite(web3, deployer, built)


def test_reverts_where_the_deployer_is_missing(web3, deployer, built):
    web3.provider.make_request("anvil_setCode", [DEPLOYER, "0x"])
    with pytest.raises(ChainUnavailable, match="no CREATE2 deployer"):
        deploy_suite(web3, deployer, built)


def test_reverts_where_the_code_is_another(web3, deployer, built, first):
    for each in first.contracts:
        code = bytearray(web3.eth.get_code(each.address))
        web3.provider.make_request("anvil_setCode", [each.address, "0x" + bytes([*code[:-1], code[-1] ^ 1]).hex()])
        with pytest.raises(ChainUnavailable, match=each.name):
            deploy_suite(web3, deployer, built)
        web3.provider.make_request("anvil_setCode", [each.address, "0x" + code.hex()])


def test_a_second_run_finds_everything_and_sends_nothing(web3, deployer, built, first):
    sent = web3.eth.get_transaction_count(deployer.address)
    second = deploy_suite(web3, deployer, built)
    assert web3.eth.get_transaction_count(deployer.address) == sent
    assert all(each.found for each in second.contracts)
    assert [each.address for each in second.contracts] == [each.address for each in first.contracts]


def test_the_addresses_do_not_depend_on_who_deploys(web3, relayer, built, first):
    assert [each.address for each in deploy_suite(web3, relayer, built).contracts] == [
        each.address for each in first.contracts
    ]


def test_the_manifest_leads_to_the_suite(web3, first, tmp_path):
    import json

    manifest = first.manifest(compiler_settings())
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    found = Suite.connect(web3.provider.endpoint_uri, path)
    assert found.switch.address == first.suite.switch.address
    path.write_text(json.dumps({**manifest, "chain_id": 5}))
    with pytest.raises(ChainUnavailable, match="chain 5"):
        Suite.connect(web3.provider.endpoint_uri, path)
    with pytest.raises(ChainUnavailable, match="No answer"):
        Suite.connect("http://127.0.0.1:1", path)


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
def test_only_immutables_may_differ(code, built, same):
    assert same_code(code, built) is same

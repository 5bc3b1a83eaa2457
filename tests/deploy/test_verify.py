"""`verify_suite`: anybody can compare what is on a chain with the package, byte for byte."""

from __future__ import annotations

import json

import pytest

from peculium.clones import Clone
from peculium.deployments import packaged_artifact, packaged_suite
from peculium.deployments.artifacts import SUITE
from peculium.deployments.deploy import deploy, deploy_fleet_budget, deploy_paymaster
from peculium.deployments.planned import plan_suite
from peculium.deployments.verify import verify_suite, verify_wallet
from peculium.devnet.anvil import rpc
from peculium.errors import InvalidInput, NoContractHere, NoPeculiumWallet, WrongChain, WrongContract
from peculium.operations import ENTRY_POINT


@pytest.fixture(scope="module")
def deployment(web3, deployer, tmp_path_factory):
    """The suite at its CREATE2 addresses, with a manifest."""
    path = tmp_path_factory.mktemp("deployments") / "31337.json"
    return deploy(web3, deployer, manifest=path), path


@pytest.fixture
def manifest(deployment):
    """The manifest's file."""
    return deployment[1]


@pytest.fixture
def factory(deployment):
    """The factory of the suite."""
    return deployment[0].suite.factory


@pytest.fixture
def wallet(factory, relayer, principal, agent):
    """A wallet without a mandate."""
    return factory.create_wallet(relayer, principal.address, agent.address, 7).wallet


@pytest.fixture
def change_byte(web3):
    """Changes one byte of the code at an address, and returns the code that was there."""

    def changed(address, position):
        code = bytearray(web3.eth.get_code(address))
        rpc(
            web3,
            "anvil_setCode",
            address,
            "0x" + (code[:position] + bytes([code[position] ^ 1]) + code[position + 1 :]).hex(),
        )
        return code

    return changed


def immutable_byte(name):
    """The last byte of an immutable of the contract; of one without immutables, the byte in the middle."""
    artifact = packaged_artifact(name)
    starts = [start for positions in artifact.immutables.values() for start in positions]
    return starts[0] + 31 if starts else len(artifact.runtime_code) // 2


@pytest.mark.parametrize("place", ["first", "immutable", "last"])
@pytest.mark.parametrize("name", SUITE)
def test_refuses_a_contract_that_differs_by_one_byte(web3, deployment, change_byte, name, place):
    address = next(each.address for each in plan_suite(packaged_suite(), ENTRY_POINT) if each.name == name)
    size = len(web3.eth.get_code(address))
    position = {"first": 0, "immutable": immutable_byte(name), "last": size - 1}[place]
    code = change_byte(address, position)
    checked = verify_suite(web3)
    assert [(each.name, each.first_byte) for each in checked.contracts if each.state != "same"] == [(name, position)]
    wrong, right = f"0x{code[position] ^ 1:02x}", f"0x{code[position]:02x}"
    with pytest.raises(
        WrongContract, match=rf"code of {name} at {address} .* byte {position} is {wrong}, not {right}\."
    ):
        checked.require()


def test_refuses_a_contract_that_lacks_its_last_byte(web3, deployment):
    address = deployment[0].suite.switch.address
    code = web3.eth.get_code(address)
    rpc(web3, "anvil_setCode", address, "0x" + bytes(code[:-1]).hex())
    with pytest.raises(
        WrongContract, match=rf"{len(code) - 1} bytes instead of {len(code)}\) .* byte .* is missing, not 0x"
    ):
        verify_suite(web3).require()


def test_refuses_a_chain_without_the_suite(web3, deployment):
    # The suite of another EntryPoint has other addresses.
    with pytest.raises(NoContractHere, match=r"MandateModule isn't on chain 31337: .* has no code\. Deploy it"):
        verify_suite(web3, entry_point="0x433709009B8330FDa32311DF1C2AFA402eD8D009").require()


def test_refuses_immutables_of_another_chain(web3, deployment, set_chain_id):
    """After a fork that changes the chain id the cached domain separators are those of the old chain."""
    set_chain_id(31338)
    differing = [each.name for each in verify_suite(web3).contracts if each.state == "differs"]
    assert differing == [
        "AgentRegistry", "RevocationSwitch", "MandateModule", "PowersModule", "AgentWallet", "CredentialRegistry",
    ]  # fmt: skip


def test_accepts_what_was_deployed(web3, deployment, manifest):
    checked = verify_suite(web3, manifest=manifest)
    assert checked.require() is checked
    assert len(checked.contracts) == len(SUITE)
    content = checked.as_dict()
    assert (content["same"], content["chain_id"]) == (True, 31337)
    written = json.loads(manifest.read_text())["contracts"]
    assert {each["name"]: each["code_hash"] for each in content["contracts"]} == {
        name: each["code_hash"] for name, each in written.items()
    }


# A wallet


def test_refuses_a_wallet_of_another_implementation(web3, deployment, wallet, stranger, principal, agent):
    rpc(web3, "anvil_setCode", wallet, "0x" + Clone(stranger.address, principal.address, agent.address, 7).code().hex())
    with pytest.raises(NoPeculiumWallet, match=f"its code runs that of {stranger.address}"):
        verify_wallet(web3, wallet)


def test_refuses_a_clone_that_the_factory_did_not_create(web3, deployment, wallet, principal, stranger):
    """Whoever deploys the same code elsewhere could name any principal."""
    code = bytes(web3.eth.get_code(wallet))
    rpc(web3, "anvil_setCode", stranger.address, "0x" + code.hex())
    with pytest.raises(NoPeculiumWallet, match="its factory would have created it elsewhere"):
        verify_wallet(web3, stranger.address)


@pytest.mark.parametrize("account", ["usdc", "payee"])
def test_refuses_an_account_that_is_no_wallet(web3, deployment, account, request):
    address = request.getfixturevalue(account).address
    with pytest.raises(NoPeculiumWallet, match=r"isn't a wallet of this suite|There is no wallet at"):
        verify_wallet(web3, address)


def test_refuses_a_wallet_whose_suite_differs(web3, deployment, wallet, change_byte):
    change_byte(deployment[0].suite.factory.read("IMPLEMENTATION"), 100)
    with pytest.raises(WrongContract, match="code of AgentWallet"):
        verify_wallet(web3, wallet)


def test_accepts_a_wallet_and_says_for_whom_it_was_created(web3, deployment, wallet, principal, agent):
    clone = verify_wallet(web3, wallet)
    assert (clone.principal, clone.agent_key, clone.salt) == (principal.address, agent.address, 7)


# What a principal adds


@pytest.mark.parametrize("name", ["PrincipalPaymaster", "FleetBudget"])
def test_refuses_a_contract_of_a_principal_that_differs_by_one_byte(
    web3, factory, deployer, principal, change_byte, name
):
    create = {"PrincipalPaymaster": deploy_paymaster, "FleetBudget": deploy_fleet_budget}[name]
    made = create(web3, deployer, packaged_artifact(name), factory.address, principal.address)
    assert verify_suite(web3, principals=[principal.address]).same
    change_byte(made.address, immutable_byte(name))
    with pytest.raises(WrongContract, match=f"code of {name} at {made.address}"):
        verify_suite(web3, principals=[principal.address]).require()


def test_a_principal_need_not_have_a_paymaster(web3, deployment, stranger):
    assert len(verify_suite(web3, principals=[stranger.address]).require().contracts) == len(SUITE)


# The manifest


def test_refuses_a_manifest_of_another_chain(web3, manifest, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**json.loads(manifest.read_text()), "chain_id": 5}))
    with pytest.raises(WrongChain, match="is for chain 5; the node serves chain 31337"):
        verify_suite(web3, manifest=other)


@pytest.mark.parametrize("content", ["{", "[]", '{"chain_id": "1"}'])
def test_refuses_a_file_that_is_no_manifest(web3, deployment, tmp_path, content):
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(InvalidInput, match="isn't a deployment manifest"):
        verify_suite(web3, manifest=path)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("contracts.AgentWallet.address", lambda m: m["contracts"]["AgentWallet"].update(address="0x" + "11" * 20)),
        ("contracts.AgentWallet.code_hash", lambda m: m["contracts"]["AgentWallet"].update(code_hash="0x00")),
        ("compiler.solc", lambda m: m["compiler"].update(solc="0.8.36")),
        ("entry_point", lambda m: m.update(entry_point="0x" + "11" * 20)),
        ("added", lambda m: m.update(added=1)),
        ("contracts.P256Verifier", lambda m: m["contracts"].pop("P256Verifier")),
    ],
)
def test_refuses_a_manifest_that_names_something_else(web3, manifest, tmp_path, place, change):
    content = json.loads(manifest.read_text())
    change(content)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content))
    with pytest.raises(WrongContract, match=f"isn't that of this package's suite: {place} differs"):
        verify_suite(web3, manifest=path)


def test_the_manifest_is_the_same_whoever_deploys_and_whenever(web3, manifest, relayer, tmp_path):
    again = tmp_path / "further" / "again.json"
    rpc(web3, "evm_mine")
    deploy(web3, relayer, manifest=again)
    assert again.read_bytes() == manifest.read_bytes()


def test_a_manifest_is_written_whole_or_not_at_all(web3, manifest, deployer, tmp_path, monkeypatch):
    path = tmp_path / "manifest.json"
    path.write_text("before")
    monkeypatch.setattr(
        "peculium.deployments.manifest.os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(InvalidInput, match="can't be written: No space left"):
        deploy(web3, deployer, manifest=path)
    assert [each.name for each in tmp_path.iterdir()] == ["manifest.json"]
    assert path.read_text() == "before"

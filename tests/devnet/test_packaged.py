"""The contracts that the package carries: the compiler's output, at the addresses that the package knows."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from peculium.deployments import packaged_artifact, packaged_suite, suite_addresses
from peculium.deployments.artifacts import OTHERS, SUITE
from peculium.deployments.deploy import deploy_suite
from peculium.deployments.planned import plan_suite
from peculium.devnet import artifact, artifacts
from peculium.operations import ENTRY_POINT
from toolchain import abi


def test_refuses_a_contract_that_the_package_does_not_carry():
    with pytest.raises(LookupError, match=r"The package has no bytecode of MockDAI\. It has AgentRegistry, "):
        packaged_artifact("MockDAI")


@pytest.mark.parametrize("file", ["FILE", "BYTECODE", "ADDRESSES"])
def test_the_check_finds_a_file_that_differs_from_the_contracts(file, monkeypatch):
    changed = getattr(abi, file).read_text().replace("0", "1", 1)
    real = type(abi.FILE).read_text
    monkeypatch.setattr(
        type(abi.FILE), "read_text", lambda path, *a: changed if path == getattr(abi, file) else real(path, *a)
    )
    if file == "FILE":
        monkeypatch.setattr(abi, "compiled", lambda: {})
    result = CliRunner().invoke(abi.main)
    assert result.exit_code == 1
    assert "differs from the contracts. Run `make abi`" in result.output


@pytest.mark.parametrize("name", [*SUITE, *OTHERS])
def test_carries_the_compiled_code(name):
    carried, built = packaged_artifact(name), artifacts.compiled(name)
    assert (carried.init_code, carried.runtime_code) == (built.init_code, built.runtime_code)


def test_the_addresses_follow_from_the_code():
    assert {each.name: each.address for each in plan_suite(packaged_suite(), ENTRY_POINT)} == suite_addresses()


def test_deploys_the_suite_where_the_package_looks_for_it(web3, deployer):
    contracts = deploy_suite(web3, deployer).contracts
    assert {each.name: each.address for each in contracts} == suite_addresses()


def test_is_used_where_nothing_is_compiled(monkeypatch, tmp_path):
    monkeypatch.setattr(artifacts, "BUILD", tmp_path / "missing.json")
    assert artifact.__wrapped__("AgentWallet") == packaged_artifact("AgentWallet")

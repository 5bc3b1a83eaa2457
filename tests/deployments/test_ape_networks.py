"""`ape-config.yaml` names the same networks as the package."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from peculium.deployments import networks

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "ape-config.yaml").read_text())
APE_HAS = {"ethereum": "mainnet", "sepolia": "sepolia"}
"""Networks that ape knows by itself, with its names."""


def test_ape_has_no_network_that_the_package_lacks():
    named = {each["name"] for each in CONFIG["networks"]["custom"]}
    assert named == networks().keys() - APE_HAS.keys()


@pytest.mark.parametrize("name", networks())
def test_ape_reaches_the_same_chain_by_the_same_variable(name):
    known = networks()[name]
    assert CONFIG["node"]["ethereum"][APE_HAS.get(name, name)]["uri"] == f"${known.rpc_variable}"
    custom = {each["name"]: each["chain_id"] for each in CONFIG["networks"]["custom"]}
    assert custom.get(name, known.chain_id) == known.chain_id

"""The networks and tokens that the package knows, and their table in the documents."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from eth_utils import is_checksum_address

from peculium.deployments import network, networks, registries, tokens
from peculium.errors import InvalidInput

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"
TABLE = re.compile(r"^\| Network \|.*?(?=\n\n)", re.DOTALL | re.MULTILINE)
CHAINS = {
    "ethereum": "sepolia",
    "base": "base-sepolia",
    "arbitrum": "arbitrum-sepolia",
    "optimism": "optimism-sepolia",
    "polygon": "polygon-amoy",
    "avalanche": "avalanche-fuji",
    "celo": "celo-sepolia",
    "arc": "arc-testnet",
}
"""Each main network and its test network."""
DECIMALS = {"USDC": 6, "EURC": 6, "PYUSD": 6, "USDT": 6, "DAI": 18}


def all_tokens():
    """Every known token."""
    return [token for known in networks().values() for token in tokens(known.chain_id).values()]


def final(known):
    """What final means, in words."""
    if known.final == "finalized":
        return "`finalized`"
    return f"{known.final} block" + ("s" if known.final > 1 else "")


def table():
    """The table of the networks as the documents have it."""
    p256 = {True: "yes", False: "no", None: "not known"}
    rows = [
        (
            f"`{known.name}`",
            str(known.chain_id),
            f"`{known.rpc_variable}`",
            "not known" if known.block_seconds is None else f"{known.block_seconds:g} s",
            final(known),
            p256[known.p256],
            ", ".join(tokens(known.chain_id)),
        )
        for known in networks().values()
    ]
    head = ("Network", "Chain id", "Variable", "Block time", "Final", "P-256", "Tokens")
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("base-sepola", "Did you mean base-sepolia?"),
        ("Base Sepolia", "Did you mean base-sepolia?"),
        ("BASE_SEPOLIA", "Did you mean base-sepolia?"),
        ("fuji", "Did you mean avalanche-fuji?"),
        ("op", "Did you mean optimism or optimism-sepolia?"),
        ("mainnet", "Known: ethereum, sepolia, base, "),
        ("", "Known: ethereum, sepolia, base, "),
    ],
)
def test_a_typo_names_the_likely_network(typed, answer):
    with pytest.raises(InvalidInput, match=re.escape(f'No network is named "{typed}". {answer}')):
        network(typed)


def test_an_unknown_chain_has_no_tokens():
    assert tokens(31337) == {}


def test_main_and_test_networks_are_known():
    assert {name for name, known in networks().items() if not known.test} == set(CHAINS)
    assert {name for name, known in networks().items() if known.test} == set(CHAINS.values())
    assert all(network(name).name == name for name in networks())


def test_no_network_contradicts_another():
    known = list(networks().values())
    assert len({each.chain_id for each in known}) == len(known)
    assert len({each.rpc_variable for each in known}) == len(known)
    assert len({each.explorer for each in known}) == len(known)


def test_every_address_has_its_checksum():
    written = re.findall(r'address = "(\w+)"', files("peculium.deployments").joinpath("tokens.toml").read_text())
    assert len(written) == len(all_tokens())
    assert all(is_checksum_address(address) for address in written)


def test_every_token_belongs_to_a_known_network():
    text = files("peculium.deployments").joinpath("tokens.toml").read_text()
    assert set(tomllib.loads(text)) <= set(networks())


def test_every_network_has_the_token_that_most_pay_with():
    assert [name for name, known in networks().items() if "USDC" not in tokens(known.chain_id)] == []


def test_decimals_are_those_of_the_issuer():
    assert {(token.symbol, token.decimals) for token in all_tokens()} == set(DECIMALS.items())


def test_a_main_network_shares_no_issued_token_with_its_test_network():
    # Arc has USDC at one address of its own on both.
    for main, test in CHAINS.items():
        shared = {t.address for t in tokens(network(main).chain_id).values()} & {
            t.address for t in tokens(network(test).chain_id).values()
        }
        assert shared == ({"0x3600000000000000000000000000000000000000"} if main == "arc" else set())


def test_entries_are_json():
    for known in networks().values():
        assert json.loads(json.dumps(known.as_dict()))["name"] == known.name
    for token in all_tokens():
        assert json.loads(json.dumps(token.as_dict()))["address"] == token.address


def test_nobody_changes_what_is_known():
    with pytest.raises(TypeError):
        networks()["mine"] = network("base")
    with pytest.raises(TypeError):
        tokens(8453)["MINE"] = tokens(8453)["USDC"]


def test_the_page_has_the_table_of_the_file():
    found = TABLE.search(PAGE.read_text())
    assert found, "docs/operators.md has no table of networks."
    assert found[0] == table(), f"Replace the table in docs/operators.md by:\n{table()}"


# Registries


def test_each_network_has_the_canonical_registries_of_its_kind():
    """Main networks share one pair of addresses, test networks another."""
    found = {True: set(), False: set()}
    for known in networks().values():
        if known.chain_id in registries():
            each = registries()[known.chain_id]
            found[known.test].add((each.identity, each.reputation))
            assert each.source.startswith("https://github.com/erc-8004/")
    assert [len(each) for each in found.values()] == [1, 1]
    assert found[True].isdisjoint(found[False])
    assert registries()[84532].identity == "0x8004A818BFB912233c491871b3d84c89A494BD9e"
    assert json.loads(json.dumps(registries()[1].as_dict()))["chain_id"] == 1

"""Agents created from the command line."""

from __future__ import annotations

import json

import pytest

from peculium import AgentWallet, Status
from peculium.cli.exits import Exit
from peculium.mandate.toml import dump_mandate


@pytest.fixture
def file(tmp_path, profile, new_mandate, other_agent):
    """A mandate's file for a key without an agent."""
    path = tmp_path / "mandate.toml"
    path.write_text(dump_mandate(new_mandate(agent_key=other_agent.address)))
    return path


@pytest.fixture
def agent_key(key_file, other_agent):
    """The options that name the agent's key."""
    return "--agent-key-file", key_file(other_agent)


def test_create_asks_first(peculium, file, agent_key, suite, principal):
    ran = peculium("create", file, *agent_key)
    assert ran.exit == Exit.USAGE
    assert "It can take at most 500 USD at once" in ran.talk
    assert "I answer for what this agent does within its mandate." in ran.talk
    assert suite.factory.events_with("WalletCreated", principal=principal.address) == []


def test_mandate_of_another_principal_is_refused(peculium, file, agent_key, key_file, stranger):
    ran = peculium("create", file, *agent_key, "--yes", "--key-file", key_file(stranger))
    assert ran.exit == Exit.USAGE
    assert stranger.address in ran.talk


def test_key_of_another_agent_is_refused(peculium, file, key_file, stranger):
    ran = peculium("create", file, "--agent-key-file", key_file(stranger), "--yes")
    assert ran.exit == Exit.USAGE
    assert f"{stranger.address} can't sign it" in ran.talk


def test_create_prints_address_worst_case_and_what_is_next(peculium, file, agent_key, suite):
    ran = peculium("create", file, *agent_key, "--yes", "--name", "bot", "--json")
    assert ran.exit == Exit.OK
    result = ran.json["result"]
    assert suite.registry.check_wallet(result["wallet"]).status is Status.ACTIVE
    assert result["worst_cases"][0]["ever"] == "10000"
    assert ran.json["next"].startswith(f"send money to {result['wallet']}")
    assert peculium("name", "bot").out.strip() == result["wallet"]


def test_second_wallet_of_a_key_needs_another_salt(peculium, file, agent_key):
    peculium("create", file, *agent_key, "--yes")
    ran = peculium("create", file, *agent_key, "--yes")
    assert ran.exit == Exit.REFUSED
    assert "salt" in ran.talk


def test_agent_signs_on_another_machine(peculium, file, agent_key, tmp_path, suite):
    draft = tmp_path / "draft.json"
    ran = peculium("create", file, "--draft", draft, "--yes")
    assert ran.exit == Exit.WAITING
    assert f"peculium create {draft} --sign-only --agent-account NAME" in ran.talk
    # The agent's machine: no profile, no account, no chain.
    elsewhere = peculium("create", draft, "--sign-only", *agent_key, "--profile", "test")
    assert elsewhere.exit == Exit.OK
    assert all(each != "0x" for each in json.loads(draft.read_text())["signatures"].values())
    wallet = peculium("create", draft, "--yes", "--json").json["result"]["wallet"]
    assert suite.registry.check_wallet(wallet).status is Status.ACTIVE


def test_create_shows_the_line_for_cast_and_sends_nothing(peculium, file, agent_key, web3, principal, suite):
    ran = peculium("create", file, *agent_key, "--show-cast")
    assert ran.exit == Exit.OK
    assert ran.out.startswith(f"cast send --interactive --from {principal.address} {suite.factory.address} 0x")
    assert principal.key.hex().removeprefix("0x") not in ran.out + ran.talk
    assert suite.factory.events_with("WalletCreated", principal=principal.address) == []
    # What it shows is what the command would send.
    data = ran.out.split()[-1]
    web3.eth.wait_for_transaction_receipt(
        web3.eth.send_raw_transaction(
            principal.sign_transaction(
                {
                    "to": suite.factory.address,
                    "data": data,
                    "gas": 3_000_000,
                    "gasPrice": 10**10,
                    "chainId": web3.eth.chain_id,
                    "nonce": web3.eth.get_transaction_count(principal.address),
                }
            ).raw_transaction
        )
    )
    (event,) = suite.factory.events_with("WalletCreated", principal=principal.address)
    assert AgentWallet(web3, event.arguments["wallet"]).principal == principal.address

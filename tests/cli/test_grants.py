"""Mandates granted, lifted and moved from the command line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import Principal, Status
from peculium.cli.exits import Exit
from peculium.errors import NodeUnreachable
from peculium.mandate.toml import dump_mandate


@pytest.fixture
def narrower(bot, tmp_path):
    """A file with a narrower mandate of the shared agent."""
    (budget,) = bot.mandate.budgets
    path = tmp_path / "narrower.toml"
    path.write_text(dump_mandate(replace(bot.mandate, budgets=(replace(budget, payment_limit=20),))))
    return path


def test_grant_shows_the_difference_and_asks(peculium, bot, narrower):
    ran = peculium("grant", "bot", narrower)
    assert ran.exit == Exit.USAGE
    assert "20 USD instead of 100 USD" in ran.talk
    assert bot.wallet.enforces(bot.mandate)


def test_grant_of_the_mandate_in_force_sends_nothing(peculium, bot, tmp_path):
    path = tmp_path / "same.toml"
    path.write_text(dump_mandate(bot.mandate))
    ran = peculium("grant", "bot", path)
    assert (ran.exit, ran.out) == (Exit.OK, "bot has this mandate already. Nothing was sent.\n")


def test_grant_is_read_back(peculium, bot, narrower):
    ran = peculium("grant", "bot", narrower, "--yes", "--json")
    assert ran.json["result"]["in_force"] is True
    assert ran.json["result"]["mandate_hash"] == "0x" + bot.wallet.mandate_hash.hex()
    assert not bot.wallet.enforces(bot.mandate)


def test_grant_with_the_agents_key_is_anchored(peculium, bot, narrower, suite, key_file):
    peculium("grant", "bot", narrower, "--yes")
    assert suite.registry.check_wallet(bot.wallet.address).status is Status.UNACCEPTED
    (budget,) = bot.mandate.budgets
    narrower.write_text(dump_mandate(replace(bot.mandate, budgets=(replace(budget, payment_limit=30),))))
    ran = peculium("grant", "bot", narrower, "--yes", "--agent-key-file", key_file(bot.agent))
    assert ran.exit == Exit.OK
    assert suite.registry.check_wallet(bot.wallet.address).status is Status.ACTIVE


@pytest.fixture
def draft(peculium, bot, narrower, key_file, tmp_path):
    """A draft that the agent has signed."""
    path = tmp_path / "draft.json"
    ran = peculium("mandate", "draft", "bot", narrower, "--file", path, "--key-file", key_file(bot.agent))
    assert ran.exit == Exit.OK
    assert "20 USD instead of 100 USD" in ran.talk
    return path


def test_draft_is_read_signed_and_anchored(peculium, bot, draft, suite):
    ran = peculium("grant", "bot", draft)
    assert ran.exit == Exit.USAGE
    assert "20 USD instead of 100 USD" in ran.talk
    assert peculium("grant", "bot", draft, "--yes", "--json").json["result"]["in_force"] is True
    assert suite.registry.check_wallet(bot.wallet.address).status is Status.ACTIVE


def test_draft_of_an_older_mandate_is_refused(peculium, bot, draft, narrower):
    peculium("grant", "bot", narrower, "--yes")
    ran = peculium("grant", "bot", draft, "--yes")
    assert ran.exit == Exit.USAGE
    assert "Draft it again." in ran.talk


def test_altered_draft_is_refused(peculium, bot, draft):
    draft.write_text(draft.read_text().replace(bot.agent.address, bot.principal.address))
    ran = peculium("grant", "bot", draft, "--yes")
    assert ran.exit == Exit.USAGE
    assert "The draft was changed" in ran.talk


def test_draft_can_be_compared(peculium, draft):
    (first, *_) = peculium("mandate", "diff", "bot", draft).out.splitlines()
    assert first.startswith("- ")


def test_lift_ends_the_mandate(peculium, bot, narrower):
    assert peculium("lift", "bot", "--yes").out.startswith("bot has no mandate. Seen on the chain ")
    assert bot.wallet.mandate_hash == bytes(32)
    ran = peculium("grant", "bot", narrower)
    assert "It has none now. The new one:" in ran.talk


def test_rotate_key(peculium, bot, other_agent):
    assert peculium("rotate-key", "bot", bot.agent.address, "--yes").exit == Exit.USAGE
    ran = peculium("rotate-key", "bot", other_agent.address, "--yes", "--json")
    assert ran.json["result"]["in_force"] is True
    assert bot.wallet.last_mandate().agent_key == other_agent.address


def test_migrate_moves_agent_and_money(peculium, bot, suite, usdc, key_file):
    assert peculium("migrate", "bot", "--salt", 77, "--yes").exit == Exit.USAGE
    ran = peculium("migrate", "bot", "--salt", 77, "--yes", "--agent-key-file", key_file(bot.agent), "--json")
    result = ran.json["result"]
    assert usdc.balance(result["new"]) == 10**6
    assert suite.registry.check_wallet(bot.wallet.address).status is Status.REVOKED
    assert suite.registry.check_wallet(result["new"]).status is Status.ACTIVE


def test_interrupted_migration_says_what_was_done_and_goes_on(peculium, bot, suite, usdc, key_file, monkeypatch):
    options = ("--salt", 78, "--yes", "--agent-key-file", key_file(bot.agent))

    def fail(*arguments, **options):
        raise NodeUnreachable("The node doesn't answer.")

    with monkeypatch.context() as patched:
        patched.setattr(Principal, "create_agent", fail)
        ran = peculium("migrate", "bot", *options)
    assert ran.exit == Exit.UNREACHABLE
    assert f"Done so far: revoked {bot.wallet.address}. The same call does the rest." in ran.talk
    done = peculium("migrate", "bot", *options, "--json").json["result"]
    assert done["steps"][0] == f"created {done['new']}"
    assert usdc.balance(done["new"]) == 10**6

"""What every command that sends does with bad input: it says what is wrong, and sends nothing."""

from __future__ import annotations

import json

import click
import pytest
from eth_account import Account

from peculium.chain.tracker import Tracker
from peculium.cli.app import app
from peculium.cli.exits import Exit
from peculium.cli.folders import write_private
from peculium.cli.keys import own_keystore
from peculium.devnet.anvil import rpc
from peculium.mandate.toml import dump_mandate

SCHEMA = "https://schemas.example/audit/1"
ON_A_WALLET = {
    "grant": ("grant", "bot", "mandate.toml"),
    "lift": ("lift", "bot"),
    "rotate-key": ("rotate-key", "bot", "payee"),
    "migrate": ("migrate", "bot", "--salt", 9, "--agent-key-file", "agent.key"),
    "approve": ("approve", "bot", 0),
    "refuse": ("refuse", "bot", 0),
    "pause": ("pause", "bot"),
    "unpause": ("unpause", "bot"),
    "revoke": ("revoke", "bot"),
    "withdraw": ("withdraw", "bot", "USDC", "5"),
}
OTHERS = {
    "create": ("create", "new.toml", "--agent-key-file", "other.key"),
    "fleet set": ("fleet", "set", "USD", "--ever", "100", "--window", "1 day=10"),
    "credential issue": ("credential", "issue", "bot", SCHEMA, "--until", "1 day"),
    "credential revoke": ("credential", "revoke", "0x" + "11" * 32),
    "pause-all": ("pause-all",),
    "unpause-all": ("unpause-all",),
    "revoke-all": ("revoke-all",),
    "order submit": ("order", "submit", "order.json"),
    "order cancel": ("order", "cancel", 5),
    "guardian appoint": ("guardian", "appoint", "payee"),
    "guardian remove": ("guardian", "remove", "guardian"),
    "heartbeat set": ("heartbeat", "set", "2 days"),
    "heartbeat check-in": ("heartbeat", "check-in"),
}
ALL = {**ON_A_WALLET, **OTHERS}
NOTHING_TO_DO = ("unpause", "unpause-all")
"""Of these one says that nothing is paused; the other is tried on its own."""


@pytest.fixture(autouse=True)
def files(bot, ask, new_mandate, other_agent, peculium, tmp_path, monkeypatch):
    """What the commands need: a request, files of mandates and keys, and an order."""
    monkeypatch.chdir(tmp_path)
    ask()
    (tmp_path / "mandate.toml").write_text(dump_mandate(new_mandate(payment_limit=20)))
    (tmp_path / "new.toml").write_text(dump_mandate(new_mandate(agent_key=other_agent.address)))
    for name, key in (("agent", bot.agent), ("other", other_agent)):
        (tmp_path / f"{name}.key").write_text("0x" + key.key.hex().removeprefix("0x"))
    peculium("order", "sign", "pause", "bot", "--file", "order.json")


@pytest.fixture
def unchanged(web3):
    """That no block was made in the test, so nothing was sent."""
    before = web3.eth.block_number
    yield
    assert web3.eth.block_number == before


@pytest.fixture
def odd_ones(peculium, unchanged, principal):
    """Runs commands with further arguments; returns those that don't end with this exit code and these words, or show the key."""
    secret = principal.key.hex().removeprefix("0x")

    def run(commands, exit, words, *further):
        odd = {}
        for name, command in commands.items():
            ran = peculium(*command, *further)
            said = ran.talk + ran.out
            if ran.exit != exit or words not in said or secret in said:
                odd[name] = ran
        return odd

    return run


SENDING = {name: each for name, each in ALL.items() if name not in NOTHING_TO_DO}


def sending(group=app, path=()):
    """The names of all commands that send."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from sending(found, (*path, name))
        elif "show_cast" in {each.name for each in found.params}:
            yield " ".join((*path, name))


def test_every_command_that_sends_is_tried():
    assert set(sending()) == set(ALL)


def test_nobody_to_ask(odd_ones):
    assert odd_ones(SENDING, Exit.USAGE, "Nobody is here to confirm this, so nothing was sent.") == {}


def test_no_key(odd_ones, home):
    profile = home / "profiles" / "test.toml"
    profile.write_text("".join(line for line in profile.open() if "key_file" not in line))
    assert odd_ones(ALL, Exit.USAGE, "No account is named. Pass --account NAME", "--yes") == {}


def test_another_chain(odd_ones, monkeypatch, node_url):
    monkeypatch.setenv("BASE_SEPOLIA_RPC", node_url)
    assert odd_ones(ALL, Exit.UNREACHABLE, "84532", "--network", "base-sepolia", "--yes") == {}


@pytest.mark.parametrize("wallet", ["bott", "0x123"])
def test_name_that_is_no_wallet(odd_ones, wallet):
    commands = {name: (each[0], wallet, *each[2:]) for name, each in ON_A_WALLET.items()}
    assert odd_ones(commands, Exit.USAGE, wallet, "--yes") == {}


def test_address_without_a_wallet(odd_ones):
    # The pause of a wallet that doesn't exist yet can be ended; nothing is paused here.
    wallet = "0x" + "11" * 20
    commands = {name: (each[0], wallet, *each[2:]) for name, each in ON_A_WALLET.items() if name != "unpause"}
    assert odd_ones(commands, Exit.UNREACHABLE, wallet, "--yes") == {}


def test_wallet_of_somebody_else(odd_ones, key_file, stranger):
    # The mandate of this file is the principal's, which is found out first.
    commands = {name: each for name, each in ON_A_WALLET.items() if name != "grant"}
    assert odd_ones(commands, Exit.REFUSED, stranger.address, "--yes", "--key-file", key_file(stranger)) == {}


def test_no_gas_money(odd_ones, web3, principal):
    rpc(web3, "anvil_setBalance", principal.address, hex(0))
    words = f"{principal.address} has 0 of the native currency"
    assert odd_ones(SENDING, Exit.REFUSED, words, "--yes") == {}


def test_line_for_cast_sends_nothing_and_has_no_key(odd_ones, principal):
    words = f"cast send --interactive --from {principal.address} 0x"
    assert odd_ones(SENDING, Exit.OK, words, "--show-cast") == {}


def test_unpause_while_nothing_is_paused(peculium, unchanged):
    assert "isn't paused. Nothing was sent." in peculium("unpause", "bot", "--yes").out


def test_wrong_passphrase(peculium, unchanged, principal, monkeypatch):
    content = Account.encrypt(principal.key, "right", kdf="pbkdf2", iterations=2)
    write_private(own_keystore("boss"), json.dumps(content))
    monkeypatch.setenv("PECULIUM_PASSPHRASE", "wrong")
    ran = peculium("pause", "bot", "--yes", "--account", "boss")
    assert ran.exit == Exit.USAGE
    assert "is wrong" in ran.talk
    monkeypatch.setenv("PECULIUM_PASSPHRASE", "right")
    assert "Nobody is here to confirm" in peculium("pause", "bot", "--account", "boss").talk


def test_name_of_two_payees(peculium, unchanged, tmp_path, stranger):
    text = (tmp_path / "mandate.toml").read_text()
    taken = text + f'\n[names]\npayee = "{stranger.address}"\n'
    (tmp_path / "mandate.toml").write_text(taken)
    ran = peculium("grant", "bot", "mandate.toml", "--yes")
    assert ran.exit == Exit.USAGE
    assert 'The name "payee" is taken' in ran.talk


def interrupt(*arguments, **options):
    raise KeyboardInterrupt


def test_interruption_after_sending_says_what_became_of_it(peculium, bot, suite, monkeypatch):
    settle = Tracker.settle
    monkeypatch.setattr(Tracker, "settle", lambda *given, **options: interrupt(settle(*given, **options)))
    ran = peculium("pause", "bot", "--yes")
    assert ran.exit == Exit.INTERRUPTED
    assert "is done, in block" in ran.talk
    assert "Don't repeat the command." in ran.talk
    assert not suite.registry.check_wallet(bot.wallet.address).active


def test_interruption_before_the_block_says_that_it_is_pending(peculium, web3, monkeypatch):
    monkeypatch.setattr(Tracker, "settle", interrupt)
    rpc(web3, "evm_setAutomine", False)
    try:
        ran = peculium("pause", "bot", "--yes")
    finally:
        # Otherwise a block of the next test would include it.
        rpc(web3, "anvil_dropAllTransactions")
        rpc(web3, "evm_setAutomine", True)
    assert ran.exit == Exit.INTERRUPTED
    assert "is pending" in ran.talk


def test_interruption_before_sending_says_that_the_node_does_not_know_it(peculium, unchanged, monkeypatch):
    monkeypatch.setattr(Tracker, "hand_in", interrupt)
    ran = peculium("pause", "bot", "--yes")
    assert ran.exit == Exit.INTERRUPTED
    assert "the node doesn't know it" in ran.talk


def test_interruption_of_the_question_sent_nothing(peculium, unchanged, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", interrupt)
    ran = peculium("pause", "bot")
    assert ran.exit == Exit.INTERRUPTED
    assert "Nothing was sent." in ran.talk

"""A week of an agent's life, played from the command line: once for people, once by a program."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest

from peculium import Agent
from peculium.cli.exits import Exit
from peculium.cli.profiles import load_profile
from peculium.errors import AgentIsPaused, PaymentLimitExceeded

DAY = 86_400
SCHEMA = json.loads(files("peculium.cli").joinpath("answer.schema.json").read_text())


@pytest.fixture(params=["for people", "for programs"])
def run(request, peculium):
    """Runs a command and returns what it printed; every answer for programs has the form of the schema."""

    def call(*arguments, ends=Exit.OK):
        ran = peculium(*arguments, *(["--json"] if request.param == "for programs" else []))
        assert ran.exit == ends, ran.out + ran.talk
        if request.param == "for programs":
            jsonschema.validate(ran.json, SCHEMA)
        return ran.out + ran.talk

    return call


@pytest.fixture
def agent_key(key_file, other_agent):
    """The options that name the agent's key."""
    return "--agent-key-file", key_file(other_agent)


@pytest.fixture
def guardian_key(key_file, guardian):
    """The option that names the guardian's key."""
    return "--key-file", key_file(guardian)


@pytest.fixture
def written(tmp_path, profile, other_agent, payee, usdc):
    """The mandate's file, and the answers to the questions that have no default."""
    answers = {"agent_key": other_agent.address, "token": usdc.address, "payees": f"supplier={payee.address}"}
    return tmp_path / "mandate.toml", [part for key in answers for part in ("--answer", f"{key}={answers[key]}")]


@pytest.fixture
def agent(run, written, agent_key, other_agent, usdc, deployer, node_url):
    """Monday: the principal writes a mandate, reads it, creates the agent and funds it."""
    file, answers = written
    run("mandate", "new", file, "--yes", *answers)
    assert "10 USD" in run("mandate", "explain", file)
    run("create", file, *agent_key, "--yes", "--name", "shopper")
    wallet = load_profile().names["shopper"]
    usdc.send(deployer, "mint", wallet, 1_000 * 10**6)
    return Agent(wallet, other_agent, node_url)


def test_a_week_of_an_agent(
    run, agent, written, guardian, guardian_key, agent_key, payee, stranger, time_travel, tmp_path, usdc, principal
):
    books = ("--database", str(tmp_path / "books.db"))

    # Tuesday: it pays; the principal looks.
    time_travel(DAY)
    agent.pay("USDC", payee.address, 8, ref="INV-1")
    for command in (["agents"], ["show", "shopper"], ["watch", "--once"], ["check", "shopper"]):
        run(*command)

    # Wednesday: it asks for more than it may; one request is granted and one is refused.
    time_travel(DAY)
    with pytest.raises(PaymentLimitExceeded):
        agent.pay("USDC", payee.address, 11)
    agent.request_payment("USDC", stranger.address, 30, ref="a lamp")
    agent.request_payment("USDC", stranger.address, 90, ref="a sofa")
    assert "a sofa" in run("requests")
    run("approve", "shopper", 0, "--yes")
    run("refuse", "shopper", 1, "--yes")
    assert "a sofa" not in run("requests")
    assert usdc.read("balanceOf", stranger.address) == 30 * 10**6

    # Thursday: the principal grants more, and reads the difference before.
    time_travel(DAY)
    file, _ = written
    wider = tmp_path / "wider.toml"
    wider.write_text(file.read_text().replace('per_payment = "10 USD"', 'per_payment = "15 USD"'))
    assert "15 USD" in run("mandate", "diff", "shopper", wider)
    run("grant", "shopper", wider, *agent_key, "--yes")
    agent.pay("USDC", payee.address, 15, ref="INV-2")

    # Friday: something is odd; the guardian pauses it, and the principal lets it go on.
    time_travel(DAY)
    run("guardian", "appoint", guardian.address, "--yes")
    run("pause", "shopper", "--yes", *guardian_key)
    with pytest.raises(AgentIsPaused):
        agent.pay("USDC", payee.address, 1)
    run("unpause", "shopper", "--yes")
    agent.pay("USDC", payee.address, 1, ref="INV-3")

    # Saturday: the books balance.
    run("ledger", "update", *books)
    run("ledger", "show", *books)
    run("ledger", "balance", *books)

    # Sunday: the end. Nothing gets out any more, and the principal takes back what is left.
    time_travel(DAY)
    run("revoke-all", "--yes")
    run("stop-proof", "shopper")
    run("withdraw", "shopper", "USDC", "--all", "--yes")
    assert usdc.read("balanceOf", agent.wallet.address) == 0
    assert usdc.read("balanceOf", principal.address) == (1_000 - 8 - 30 - 15 - 1) * 10**6
    run("ledger", "update", *books)
    assert "INV-3" in run("ledger", "report", "shopper", *books)
    run("ledger", "balance", *books)
    run("check", "shopper", ends=Exit.FAILED)

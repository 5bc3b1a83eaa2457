"""What a principal prints of its results are sentences for people, not the fields of classes."""

from __future__ import annotations

from peculium import OrderKind, Request

TERMS = {"uri": "https://agents.example/9.json", "statement": "I answer for it."}


def test_results_print_as_sentences(boss, created, new_mandate, funded, request_of, stranger, usdc, now):
    wallet = created.wallet.address
    pending = request_of(7)
    assert str(pending).startswith("Request in slot 0, asked at 20")
    assert f"pay 7 of the token {usdc.address} to {stranger.address}, to be decided before 20" in str(pending)
    decided = boss.refuse(wallet, pending)
    assert str(decided).startswith(f"Refused in block {decided.receipt.block}, transaction 0x")
    assert str(decided).endswith(str(pending))
    created.wallet.request_payment(
        created.agent, 0, Request(usdc.address, stranger.address, "1.50", now() + 3_600, "INV-42")
    )
    (asked,) = boss.requests(wallet)
    assert "pay 1.5 of the token" in str(asked)
    assert ', reference "INV-42", to be decided before' in str(asked)
    approved = boss.approve(wallet, asked)
    assert str(approved).startswith("Approved and done in block ")
    assert approved.as_dict()["request"]["request"]["ref"] == "INV-42"
    assert str(approved.receipt).startswith(f"Done in block {approved.receipt.block}, transaction 0x")
    assert "Events: RequestApproved, Transfer." in str(approved.receipt)
    assert str(boss.withdraw(wallet, "USDC", "2.50")).startswith(
        f"2.5 of the token {usdc.address} went from the wallet {wallet}"
    )
    (summary,) = boss.agents()
    assert str(summary) == f"Agent {created.agent_id} (active) acts with the wallet {wallet}; a mandate is in force."
    key = funded("agent of sentences")
    made = boss.create_agent(new_mandate(agent_key=key.address), key, **TERMS)
    assert str(made).startswith(f"Agent {made.agent_id} acts with the key {key.address} and the wallet {made.wallet}.")
    assert str(boss.pause(wallet)).startswith(f"The agent with wallet {wallet} is paused, since block ")
    assert str(boss.pause_all()).startswith(f"All agents of {boss.address} are paused, since block ")
    order = boss.sign_order(OrderKind.REVOKE, wallet)
    assert str(order).endswith(f"revokes the agent with wallet {wallet} once anybody submits it.")

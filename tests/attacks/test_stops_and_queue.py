"""E: circumventing a stop, the mandate's time, the principal's decisions and the request queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from eth_account.messages import encode_typed_data

from peculium import FOREVER, NATIVE, OrderKind, Pay, Request, WalletCall, errors
from peculium.wallet.cheques import sign_cheque
from tests.attacks.conftest import TAKE, USDC
from verification.testing.durations import DAY

NOT_OF_THE_WALLETS = "FiatTokenV2: invalid signature"


@pytest.fixture
def ask(usdc, accomplice, now):
    """Requests nine hundred for the accomplice, overridden as given."""
    end = now() + DAY + 3600
    return lambda **fields: replace(Request(usdc.address, accomplice.address, 900, end), **fields)


@pytest.fixture
def asked_at(rogue):
    """When the request in a slot was made (unix seconds)."""
    return lambda slot=0: int(rogue.wallet.read("pendingRequests")[slot][1])


@pytest.fixture
def approve_signed(rogue, principal, asked_at):
    """Signs an approval of the pending request as the principal."""

    def sign(slot, request, nonce=1, deadline=2**34):
        terms = (slot, request, asked_at(slot), nonce, deadline)
        data = rogue.wallet.approval_typed_data(*terms)
        return (*terms, bytes(principal.sign_message(encode_typed_data(full_message=data)).signature))

    return sign


@pytest.fixture
def arsenal(rogue, usdc, payee, relayer, bundler, pays, settle, authorize, ask, approve_signed, target, now):
    """Every payment that an agent can prepare while it is active, ready to be used."""
    wallet, agent = rogue.wallet, rogue.agent
    action = wallet.sign_action(agent, Pay(usdc.address, payee.address, 100), deadline=FOREVER)
    later = replace(authorize(99), valid_before=now() + 3 * DAY)
    wallet.preauthorize(agent, later)
    wallet.request_payment(agent, 0, ask())
    approval = approve_signed(0, ask())
    operation = pays()
    # A cheque is valid in one period of its book: one for today, one for tomorrow.
    cheques = [
        sign_cheque(wallet, agent, usdc.address, payee.address, 1, USDC, 0, now=when) for when in (now(), now() + DAY)
    ]
    fresh = replace(authorize(50), valid_before=now() + 3 * DAY)
    return {
        "pay": lambda: wallet.pay(agent, usdc.address, payee.address, 1),
        "payBatch": lambda: wallet.pay_batch(agent, [Pay(usdc.address, payee.address, 1)]),
        "call": lambda: wallet.call(agent, target.address, TAKE, pull=1),
        "preauthorize": lambda: wallet.preauthorize(agent, fresh),
        "requestPayment": lambda: wallet.request_payment(agent, 1, ask()),
        "act": lambda: wallet.act(relayer, action),
        "approval": lambda: wallet.approve_request_signed(relayer, *approval),
        "authorization": lambda: settle(wallet, later),
        "cheque of today": lambda: settle(wallet, cheques[0].authorization, cheques[0].signature),
        "cheque of tomorrow": lambda: settle(wallet, cheques[1].authorization, cheques[1].signature),
        "operation": lambda: bundler.wait(bundler.send(operation)),
    }


STOPS = {
    "revoke": (errors.AgentIsRevoked, errors.AgentStopped),
    "revoke all": (errors.EpochEnded, errors.EpochEnded),
    "pause": (errors.AgentIsPaused, errors.AgentStopped),
    "pause all": (errors.PrincipalIsPaused, errors.PrincipalIsPaused),
    "a missed heartbeat": (errors.PrincipalIsDormant, errors.PrincipalIsDormant),
    "a guardian's order": (errors.AgentIsRevoked, errors.AgentStopped),
    "unlinking": (errors.AgentIsRevoked, errors.AgentStopped),
    "resigning": (errors.AgentIsRevoked, errors.AgentStopped),
    "lifting": (errors.NoMandate, errors.NoMandate),
}


@pytest.fixture
def stop(rogue, suite, principal, guardian, relayer, time_travel):
    """Stops the rogue in one of the possible ways."""
    switch, wallet = suite.switch, rogue.wallet

    def by_order():
        switch.set_guardian(principal, guardian.address)
        order = switch.sign_order(guardian, OrderKind.REVOKE, principal.address, 1, wallet=wallet.address)
        switch.submit_order(relayer, order)

    def by_heartbeat():
        switch.set_heartbeat(principal, timedelta(days=1))
        time_travel(seconds=DAY)

    return {
        "revoke": lambda: switch.revoke(principal, wallet.address),
        "revoke all": lambda: switch.revoke_all(principal),
        "pause": lambda: switch.pause(principal, wallet.address),
        "pause all": lambda: switch.pause_all(principal),
        "a missed heartbeat": by_heartbeat,
        "a guardian's order": by_order,
        "unlinking": lambda: suite.registry.unset_agent_wallet(principal, rogue.agent_id),
        "resigning": lambda: wallet.resign(rogue.agent),
        "lifting": lambda: wallet.lift_mandate(principal),
    }


@pytest.mark.parametrize("kind", STOPS)
def test_e03_payments_prepared_before_a_stop(kind, attack, arsenal, stop):
    """Prepares a payment in every possible way, and uses all of them after the stop."""
    stop[kind]()
    refusal, of_operation = STOPS[kind]
    for name, fire in arsenal.items():
        if kind == "lifting" and name == "approval":
            # Lifting ends the round, which the approval names.
            with attack.refused(errors.BadPrincipalSignature):
                fire()
        elif name in ("authorization", "cheque of today", "cheque of tomorrow"):
            late = kind == "a missed heartbeat" and name == "cheque of today"
            reason = "FiatTokenV2: authorization is expired" if late else NOT_OF_THE_WALLETS
            with attack.refused(errors.UnknownRevert, reason=reason):
                fire()
        else:
            with attack.refused(of_operation if name == "operation" else refusal):
                fire()


def test_e01_a_front_run_revocation(attack, rogue, drain, pay, suite, principal):
    """Sees the revocation in the mempool, and takes what the window leaves before it is mined."""
    attack.may_extract(500)
    with attack.accepted():
        drain()
    suite.switch.revoke(principal, rogue.wallet.address)
    with attack.refused(errors.AgentIsRevoked):
        pay("0.000001")


def test_e04_a_pause_lifted_by_others(attack, rogue, suite, principal, guardian, accomplice, pay):
    """Lifts the pause as the agent, the guardian and a stranger, each in its own name."""
    suite.switch.set_guardian(principal, guardian.address)
    suite.switch.pause(principal, rogue.wallet.address)
    suite.switch.pause_all(principal)
    for who in (rogue.agent, guardian, accomplice):
        # They may: it pauses their own agents.
        with attack.accepted():
            suite.switch.unpause(who, rogue.wallet.address)
        with attack.accepted():
            suite.switch.unpause_all(who)
        with attack.refused(errors.PrincipalIsPaused):
            pay(1)
    suite.switch.unpause_all(principal)
    with attack.refused(errors.AgentIsPaused):
        pay(1)


def test_e06_many_agents_against_a_stop_of_all(attack, rogue, suite, principal, pay, web3):
    """Adds agents to the principal, so that a stop of all would cost more gas than a block has."""

    def price():
        call = {"from": principal.address, "to": suite.switch.address}
        return web3.eth.estimate_gas({**call, "data": suite.switch.call_data("revokeAll", principal.address)})

    before = price()
    for _ in range(20):
        with attack.accepted():
            agent_id = suite.registry.register(rogue.agent)
            suite.registry.transfer(rogue.agent, principal.address, agent_id)
    assert price() == before
    suite.switch.revoke_all(principal)
    with attack.refused(errors.EpochEnded):
        pay(1)


def test_e07_a_revoked_agent_reactivated(attack, rogue, suite, principal, guardian, other_principal, regrant, pay, now):
    """Unpauses, links, grants again and hands over a revoked agent."""
    suite.switch.set_guardian(principal, guardian.address)
    suite.switch.revoke(guardian, rogue.wallet.address, principal.address)
    with attack.refused(errors.AgentIsRevoked):
        suite.switch.unpause(principal, rogue.wallet.address)
    regrant()
    with attack.refused(errors.AgentIsRevoked):
        pay(1)
    rogue.wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
    rogue.wallet.accept_hand_over(other_principal)
    rogue.wallet.offer_hand_over(other_principal, principal.address, now() + DAY)
    rogue.wallet.accept_hand_over(principal)
    with attack.refused(errors.NoMandate):
        pay(1)
    regrant()
    with attack.refused(errors.AgentIsRevoked):
        pay(1)


def test_e07_an_agent_of_an_ended_epoch(attack, rogue, suite, principal, regrant, pay):
    """Sets a mandate for an agent of an ended epoch, under the old epoch and the new one."""
    suite.switch.revoke_all(principal)
    with attack.refused(errors.EpochMismatch):
        regrant()
    regrant(epoch=0)
    with attack.refused(errors.EpochEnded):
        pay(1)


def test_e08_a_guardian_beyond_its_rights(
    attack, rogue, suite, principal, guardian, accomplice, usdc, relayer, ask, asked_at, now
):
    """Uses a guardian to restore, appoint, grant, approve and withdraw, also after its removal."""
    switch, wallet = suite.switch, rogue.wallet
    switch.set_guardian(principal, guardian.address)
    wallet.request_payment(rogue.agent, 0, ask())
    mandate = rogue.mandate.in_round(wallet.round)
    for refused in (
        lambda: wallet.withdraw_all(guardian, usdc.address, guardian.address),
        lambda: wallet.execute(guardian, WalletCall(usdc.address, 0, b"")),
        lambda: wallet.set_mandate(guardian, mandate),
        lambda: wallet.approve_request(guardian, 0, ask(), asked_at()),
        lambda: wallet.offer_hand_over(guardian, guardian.address, now() + DAY),
        lambda: wallet.lift_mandate(guardian),
    ):
        with attack.refused(errors.NotPrincipal, caller=guardian.address):
            refused()
    switch.set_guardian(guardian, accomplice.address)
    with attack.refused(errors.NotPrincipalOrGuardian, account=accomplice.address):
        switch.revoke(accomplice, wallet.address, principal.address)
    kept = switch.sign_order(guardian, OrderKind.REVOKE_ALL, principal.address, 1)
    switch.set_guardian(principal, guardian.address, False)
    with attack.refused(errors.NotPrincipalOrGuardian, account=guardian.address):
        switch.submit_order(relayer, kept)


def test_e10_a_heartbeat_by_others(attack, rogue, suite, principal, guardian, accomplice, pay, time_travel):
    """Checks in for the principal: as the agent, a guardian, a stranger, and by a call of the wallet."""
    suite.switch.set_guardian(principal, guardian.address)
    suite.switch.set_heartbeat(principal, timedelta(days=1))
    time_travel(seconds=DAY)
    for who in (rogue.agent, guardian, accomplice):
        with attack.accepted():
            suite.switch.check_in(who)
        with attack.accepted():
            suite.switch.send(who, "setHeartbeat", 0, gas=200_000)
        with attack.refused(errors.PrincipalIsDormant):
            pay(1)
    with attack.refused(errors.PrincipalIsDormant):
        rogue.wallet.call(rogue.agent, suite.switch.address, suite.switch.call_data("checkIn"))


def test_e11_a_payment_at_the_missed_heartbeat(attack, rogue, suite, principal, usdc, payee, now, time_travel):
    """Pays in the exact second in which the heartbeat is missed."""
    suite.switch.set_heartbeat(principal, timedelta(days=1))
    missed = now() + DAY
    ask = (rogue.agent.address, usdc.address, payee.address, 1)
    time_travel(to=missed - 1)
    rogue.wallet.would_refuse(*ask)
    for second in (missed, missed + 1):
        time_travel(to=second)
        with attack.refused(errors.PrincipalIsDormant, dormant_since=missed, timestamp=second):
            rogue.wallet.would_refuse(*ask)


def test_e12_a_sold_agent(attack, rogue, suite, principal, other_principal, usdc, pay, settle, authorize):
    """Sells the agent's token with active keys: the seller's agent pays, and the buyer takes the wallet."""
    later = authorize(99)
    rogue.wallet.preauthorize(rogue.agent, later)
    suite.registry.transfer(principal, other_principal.address, rogue.agent_id)
    suite.registry.accept_liability(other_principal, rogue.agent_id, bytes(32))
    with attack.refused(errors.AgentIsRevoked):
        pay(1)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(rogue.wallet, later)
    with attack.refused(errors.NotPrincipal, caller=other_principal.address):
        rogue.wallet.withdraw_all(other_principal, usdc.address, other_principal.address)
    with attack.refused(errors.PrincipalMismatch):
        suite.registry.anchor_mandate(other_principal, rogue.agent_id, rogue.mandate)


def test_e13_a_former_principal(
    attack, rogue, suite, principal, other_principal, usdc, relayer, ask, approve_signed, now
):
    """Uses calls, approvals, mandates and withdrawals of a principal that has handed the wallet over."""
    wallet = rogue.wallet
    calls = [WalletCall(usdc.address, 0, usdc.call_data("transfer", principal.address, 1))]
    data = wallet.execute_typed_data(calls, 5, 2**34)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    wallet.request_payment(rogue.agent, 0, ask())
    approval = approve_signed(0, ask())
    mandate = rogue.mandate.in_round(wallet.round)
    granted = bytes(principal.sign_message(mandate.signable(wallet.address, wallet.web3.eth.chain_id)).signature)
    wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
    wallet.accept_hand_over(other_principal)
    attack.watch(rogue)
    with attack.refused(errors.BadPrincipalSignature, principal=other_principal.address):
        wallet.execute_signed(relayer, calls, 5, 2**34, signature)
    with attack.refused(errors.BadPrincipalSignature, principal=other_principal.address):
        wallet.approve_request_signed(relayer, *approval)
    with attack.refused(errors.PrincipalMismatch):
        wallet.set_mandate_signed(relayer, mandate, granted, granted)
    for refused in (
        lambda: wallet.withdraw_all(principal, usdc.address, principal.address),
        lambda: wallet.execute(principal, calls[0]),
        lambda: wallet.set_mandate(principal, mandate),
        lambda: wallet.offer_hand_over(principal, principal.address, now() + DAY),
    ):
        with attack.refused(errors.NotPrincipal, caller=principal.address):
            refused()


def test_e14_a_hand_over_without_an_offer(attack, rogue, principal, other_principal, accomplice, now):
    """Accepts the wallet before the offer, after an offer to somebody else, and after the offer was withdrawn."""
    for who in (rogue.agent, accomplice):
        with attack.refused(errors.NotPendingPrincipal, caller=who.address):
            rogue.wallet.accept_hand_over(who)
    rogue.wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
    with attack.refused(errors.NotPendingPrincipal, caller=accomplice.address):
        rogue.wallet.accept_hand_over(accomplice)
    rogue.wallet.offer_hand_over(principal, accomplice.address, now() + DAY)
    rogue.wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
    with attack.refused(errors.NotPendingPrincipal, caller=accomplice.address):
        rogue.wallet.accept_hand_over(accomplice)


def test_e17_actions_at_the_end_of_the_mandate(
    attack, rogue, usdc, payee, relayer, now, time_travel, target, ask, pays, bundler, authorize, settle
):
    """Does everything in the exact second in which the mandate ends, prepared before and not."""
    wallet, end = rogue.wallet, rogue.mandate.valid_until
    action = wallet.sign_action(rogue.agent, Pay(usdc.address, payee.address, 1), deadline=2**34)
    time_travel(to=end - 3600)
    later = replace(authorize(99), valid_before=end)
    wallet.preauthorize(rogue.agent, later)
    with attack.refused(errors.InvalidAuthorizationEnd, valid_before=end + 1):
        wallet.preauthorize(rogue.agent, replace(authorize(1), valid_before=end + 1))
    cheque = sign_cheque(wallet, rogue.agent, usdc.address, payee.address, 1, USDC, 0, now=end)
    operation = pays(period=end // (DAY // 8))
    time_travel(to=end)
    for refused in (
        lambda: wallet.pay(rogue.agent, usdc.address, payee.address, 1),
        lambda: wallet.call(rogue.agent, target.address, TAKE, pull=1),
        lambda: wallet.request_payment(rogue.agent, 0, ask()),
        lambda: wallet.act(relayer, action),
    ):
        with attack.refused(errors.MandateExpired, valid_until=end):
            refused()
    with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: authorization is expired"):
        settle(wallet, later)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(wallet, cheque.authorization, cheque.signature)
    with attack.refused(errors.FailedOp, reason="AA22 expired or not due"):
        bundler.send(operation)


# The queue


def test_e18_a_request_swapped_before_the_approval(
    attack, rogue, payee, principal, ask, asked_at, approve_signed, relayer
):
    """Replaces the request in a slot that the principal has read or signed an approval for."""
    read = ask(payee=payee.address)
    rogue.wallet.request_payment(rogue.agent, 0, read)
    approval = approve_signed(0, read)
    rogue.wallet.cancel_request(rogue.agent, 0, read)
    rogue.wallet.request_payment(rogue.agent, 0, ask())
    with attack.refused(errors.RequestMismatch, slot=0):
        rogue.wallet.approve_request(principal, 0, read, asked_at())
    with attack.refused(errors.RequestMismatch, slot=0):
        rogue.wallet.approve_request_signed(relayer, *approval)
    with attack.refused(errors.BadPrincipalSignature):
        rogue.wallet.approve_request_signed(relayer, 0, ask(), asked_at(), *approval[3:])


def test_e19_a_request_split_into_many(attack, rogue, ask, now):
    """Splits an amount over more requests than there are slots, over one slot, and over time."""
    for slot in range(2):
        rogue.wallet.request_payment(rogue.agent, slot, ask(amount=1))
    for slot in (2, 3, 255):
        with attack.refused(errors.InvalidRequestSlot, slot=slot, slots=2):
            rogue.wallet.request_payment(rogue.agent, slot, ask(amount=1))
    with attack.refused(errors.RequestSlotTaken, slot=0):
        rogue.wallet.request_payment(rogue.agent, 0, ask(amount=2))
    rogue.wallet.cancel_request(rogue.agent, 0, ask(amount=1))
    for end in (now() + 2 * DAY + 100, 2**48 - 1, now()):
        with attack.refused(errors.InvalidRequestExpiry):
            rogue.wallet.request_payment(rogue.agent, 0, ask(expires_at=end))


def test_e20_a_request_approved_by_others(attack, rogue, ask, asked_at, accomplice, guardian, relayer):
    """Approves its own request as the agent, an accomplice, a guardian, and with the agent's signature."""
    rogue.wallet.request_payment(rogue.agent, 0, ask())
    for who in (rogue.agent, accomplice, guardian, relayer):
        with attack.refused(errors.NotPrincipal, caller=who.address):
            rogue.wallet.approve_request(who, 0, ask(), asked_at())
    data = rogue.wallet.approval_typed_data(0, ask(), asked_at(), 1, 2**34)
    signature = bytes(rogue.agent.sign_message(encode_typed_data(full_message=data)).signature)
    with attack.refused(errors.BadPrincipalSignature):
        rogue.wallet.approve_request_signed(relayer, 0, ask(), asked_at(), 1, 2**34, signature)


def test_e21_an_approval_used_twice(attack, rogue, principal, relayer, ask, asked_at, approve_signed):
    """Pays an approved request again: by the same approval, by a signed one, and after making the same request again."""
    attack.principal_paid(900)
    wallet = rogue.wallet
    wallet.request_payment(rogue.agent, 0, ask())
    first, approval = asked_at(), approve_signed(0, ask())
    wallet.approve_request(principal, 0, ask(), first)
    for _ in range(2):
        with attack.refused(errors.RequestMismatch, slot=0):
            wallet.approve_request(principal, 0, ask(), first)
        with attack.refused(errors.RequestMismatch, slot=0):
            wallet.approve_request_signed(relayer, *approval)
        if not asked_at():
            wallet.request_payment(rogue.agent, 0, ask())


def test_e21_an_approval_of_an_expired_request(
    attack, rogue, principal, relayer, ask, approve_signed, now, time_travel
):
    """Keeps a signed approval, and uses it in the second in which the request expires."""
    request = ask(expires_at=now() + 3600)
    rogue.wallet.request_payment(rogue.agent, 0, request)
    approval = approve_signed(0, request)
    time_travel(to=request.expires_at)
    with attack.refused(errors.RequestExpired):
        rogue.wallet.approve_request_signed(relayer, *approval)


def test_e22_a_blocked_withdrawal(attack, rogue, suite, principal, guardian, usdc, dai, usdt, ask, authorize, relayer):
    """Agent, guardian and operator stop, resign, unlink and fill the queue, so that the principal can't withdraw."""
    suite.switch.set_guardian(principal, guardian.address)
    suite.registry.send(principal, "setApprovalForAll", relayer.address, True)
    rogue.wallet.preauthorize(rogue.agent, authorize(99))
    for slot in range(2):
        rogue.wallet.request_payment(rogue.agent, slot, ask())
    rogue.wallet.resign(rogue.agent)
    suite.switch.pause_all(guardian, principal.address)
    suite.switch.revoke_all(guardian, principal.address)
    suite.registry.send(relayer, "transferFrom", principal.address, relayer.address, rogue.agent_id)
    with attack.refused(errors.NotPrincipal):
        rogue.wallet.withdraw_all(relayer, usdc.address, relayer.address)
    for token in (usdc.address, dai.address, usdt.address, NATIVE):
        # Simulated, because a withdrawal by the principal is no loss.
        assert rogue.wallet.read("withdrawAll", token, principal.address, sender=principal.address) > 0
    rogue.wallet.lift_mandate(principal)


def test_e23_an_issuer_that_blacklists_the_wallet(attack, rogue, usdc, dai, deployer, payee, principal):
    """The issuer of one token blacklists the wallet, so that other tokens would be stuck or charges wrong."""
    attack.may_extract(100)
    usdc.send(deployer, "blacklist", rogue.wallet.address)
    for _ in range(5):
        with attack.refused(errors.TokenFrozen, reason="Blacklistable: account is blacklisted"):
            rogue.wallet.pay(rogue.agent, usdc.address, payee.address, 100)
    assert rogue.wallet.spent("USD") == 0
    with attack.accepted():
        rogue.wallet.pay(rogue.agent, dai.address, payee.address, 100)
    assert rogue.wallet.read("withdrawAll", dai.address, principal.address, sender=principal.address) > 0


def test_e26_an_agent_of_another_principal_stopped(
    attack, rogue, suite, principal, other_principal, deploy, accomplice, pay
):
    """Stops another principal's agent: by the switch, by syncing a look-alike, and by reporting an unlinking."""
    attack.may_extract(1)
    fake = deploy("LookAlikeWallet")
    fake.send(accomplice, "claim", principal.address, bytes(32), 77)
    for who in (other_principal, accomplice, rogue.agent):
        with attack.refused(errors.NotPrincipalOrGuardian, account=who.address):
            suite.switch.revoke(who, rogue.wallet.address, principal.address)
        with attack.refused(errors.NotRegistry, caller=who.address):
            suite.switch.send(who, "revokeUnlinked", principal.address, rogue.wallet.address)
    with attack.accepted():
        suite.switch.sync(accomplice, fake.address)
    with attack.accepted():
        suite.switch.sync(accomplice, rogue.wallet.address)
    with attack.accepted():
        suite.switch.revoke(other_principal, rogue.wallet.address, unchecked=True)
    pay(1)

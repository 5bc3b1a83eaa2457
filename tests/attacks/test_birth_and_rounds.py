"""H: before a wallet has a mandate, and what was signed for a round that has ended."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium import NATIVE, AgentWallet, Pay, Request, Status, WalletCall, errors
from tests.attacks.conftest import TAKE
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.agents import STATEMENT_HASH, Agent
from verification.testing.durations import DAY

SALT = 4711
NOT_OF_THE_WALLETS = "FiatTokenV2: invalid signature"


def signed(key, data):
    return bytes(key.sign_message(encode_typed_data(full_message=data)).signature)


@pytest.fixture
def newborn(attack, suite, usdc, principal, other_agent, accomplice, relayer, new_mandate, fund):
    """A wallet that was funded before it existed, and that an accomplice of the agent has created."""
    address = suite.factory.wallet_address(principal.address, other_agent.address, SALT)
    usdc.send(relayer, "mint", address, 1000 * 10**6)
    fund(address, 1)
    suite.factory.create_wallet(accomplice, principal.address, other_agent.address, SALT)
    mandate = new_mandate(agent_key=other_agent.address)
    agent = Agent(-1, AgentWallet(suite.factory.web3, address), mandate, other_agent, principal, 0)
    attack.watch(agent, usdc)
    return agent


@pytest.fixture
def creation(suite, newborn, now):
    """The signed creation of an agent with this wallet."""
    keys = (newborn.principal, newborn.agent)
    return suite.factory.prepare(suite.registry, newborn.mandate, *keys, "", STATEMENT_HASH, now() + DAY, SALT)


# H01 to H03: birth


def test_h01_a_newborn_wallet_revoked(attack, newborn, suite, accomplice, principal, relayer, usdc, payee, now):
    """Syncs a wallet without a mandate after its principal has ended an epoch, so that it would be born revoked."""
    suite.switch.revoke_all(principal)
    suite.switch.revoke_all(principal)
    with attack.accepted():
        suite.switch.sync(accomplice, newborn.wallet.address)
    assert not any(suite.switch.read("stopWord", principal.address, newborn.wallet.address))
    mandate = replace(newborn.mandate, epoch=2)
    keys = (principal, newborn.agent)
    again = suite.factory.prepare(suite.registry, mandate, *keys, "", STATEMENT_HASH, now() + DAY, SALT)
    suite.factory.create_agent(relayer, again)
    attack.may_extract(1)
    newborn.wallet.pay(newborn.agent, usdc.address, payee.address, 1)


def test_h01_a_newborn_wallet_handed_over_and_revoked(
    attack, newborn, suite, accomplice, principal, other_principal, new_mandate, usdc, payee, now
):
    """Syncs a wallet that was handed over before its first mandate, before and after that, across a stop of all."""
    wallet, switch = newborn.wallet, suite.switch
    wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
    wallet.accept_hand_over(other_principal)
    attack.watch(newborn, usdc)
    switch.revoke_all(other_principal)
    switch.sync(accomplice, wallet.address)
    mandate = new_mandate(principal=other_principal.address, agent_key=newborn.agent.address, round=wallet.round)
    wallet.set_mandate(other_principal, mandate)
    attack.may_extract(1)
    with attack.accepted():
        switch.sync(accomplice, wallet.address)
    wallet.pay(newborn.agent, usdc.address, payee.address, 1)
    # What it ends afterwards stays ended.
    switch.revoke_all(other_principal)
    with attack.refused(errors.EpochEnded):
        wallet.pay(newborn.agent, usdc.address, payee.address, 1)


def test_h02_a_first_mandate_used_up(attack, newborn, creation, suite, accomplice, relayer):
    """Installs the mandate of a signed creation without the registration, so that the agent is never enrolled."""
    mandate = creation.mandate
    signatures = (creation.principal_signature, creation.agent_signature)
    with attack.refused(errors.NoMandate):
        newborn.wallet.set_mandate_signed(accomplice, mandate, *signatures)
    with attack.refused(errors.NotFactory, caller=accomplice.address):
        newborn.wallet.send(accomplice, "initialize", mandate.as_tuple(), creation.enrollment())
    with attack.refused(errors.NotPrincipal):
        newborn.wallet.set_mandate(newborn.agent, mandate)
    suite.factory.create_agent(relayer, creation)
    assert suite.registry.check_wallet(newborn.wallet.address).status is Status.ACTIVE


def test_h03_a_key_held_hostage(
    attack, newborn, creation, suite, accomplice, relayer, new_mandate, principal, usdc, now
):
    """Enrolls the agent key under an accomplice, so that a funded wallet can't be created, and asks a ransom."""
    mine = new_mandate(principal=accomplice.address, agent_key=newborn.agent.address)
    keys = (accomplice, newborn.agent)
    suite.factory.create_agent(
        accomplice, suite.factory.prepare(suite.registry, mine, *keys, "", STATEMENT_HASH, now() + DAY, 1)
    )
    with attack.refused(errors.AgentKeyTaken):
        suite.factory.create_agent(relayer, creation)
    for token in (usdc.address, NATIVE):
        for who in (newborn.agent, accomplice, relayer):
            with attack.refused(errors.NotPrincipal, caller=who.address):
                newborn.wallet.withdraw_all(who, token, who.address)
        # Simulated, because a withdrawal by the principal is no loss.
        assert newborn.wallet.read("withdrawAll", token, principal.address, sender=principal.address) > 0


def test_h03_every_action_without_a_mandate(attack, newborn, usdc, payee, accomplice, colluder, bundler, operate, now):
    """Acts for a wallet without a mandate: by every action, as its operation, by a hand-over and by its signature."""
    wallet, agent = newborn.wallet, newborn.agent
    request = (usdc.address, accomplice.address, 1, bytes(32), now() + DAY)
    call_request = (colluder.address, 0, TAKE, usdc.address, 1, 0, bytes(32), now() + DAY)
    authorization = (0, usdc.address, accomplice.address, 1, 0, now() + DAY, *[bytes(32)] * 3)
    actions = {
        "pay": (usdc.address, payee.address, 1, bytes(32)),
        "payBatch": ([(usdc.address, payee.address, 1, bytes(32))],),
        "call": (colluder.address, 0, 0, TAKE, 1, bytes(32)),
        "preauthorize": (authorization, bytes(32)),
        "requestPayment": (0, request),
        "requestCall": (0, call_request),
        "cancelRequest": (0, bytes(32)),
        "resign": (),
        "cancelAction": (0,),
    }
    for name, arguments in actions.items():
        with attack.refused(errors.NoMandate):
            wallet.send(agent, name, *arguments)
        calldata = bytes.fromhex(wallet.call_data(name, *arguments)[2:])
        relay = (ZERO_ADDRESS, ZERO_ADDRESS, 0, 0, now() + DAY, 1)
        with attack.refused(errors.NotAnAction if name == "cancelAction" else errors.NoMandate):
            wallet.send(accomplice, "act", calldata, relay, b"\0" * 65)
    with attack.refused(errors.NotPendingPrincipal):
        wallet.accept_hand_over(accomplice)
    with attack.refused(errors.AuthorizationUnknown):
        wallet.send(accomplice, "closeAuthorizations", keccak(text="USD"), [authorization])
    digest = wallet.read("authorizationDigest", authorization)
    for signature in (b"", bytes(agent.unsafe_sign_hash(digest).signature)):
        attack.attempts += 1
        assert wallet.read("isValidSignature", digest, signature).hex() != "1626ba7e"
    # Without a mandate every operation is the principal's.
    with attack.refused(errors.FailedOp, reason="AA24 signature error"):
        bundler.send(operate(wallet, agent, wallet.action(Pay(usdc.address, payee.address, 1))))


# H04: requests that are made again


@pytest.fixture
def ask(rogue, usdc, accomplice, now):
    """The rogue requests nine hundred for the accomplice. Returns the request and when it was made (unix seconds)."""
    request = Request(usdc.address, accomplice.address, 900, now() + DAY)

    def make(slot=0, by=rogue.agent):
        rogue.wallet.request_payment(by, slot, request)
        return request, rogue.wallet.read("pendingRequests")[slot][1]

    return make


def test_h04_the_same_request_again(attack, rogue, ask, principal, relayer, regrant, other_agent, suite):
    """Makes a refused request again: at once, in another slot, under another mandate, and under another key."""
    wallet = rogue.wallet
    request, when = ask()
    approval = (1, 2**34, signed(principal, wallet.approval_typed_data(0, request, when, 1, 2**34)))
    wallet.refuse_request(principal, 0, request)
    ask()
    with attack.refused(errors.RequestMismatch):
        wallet.approve_request_signed(relayer, 0, request, when, *approval)
    with attack.refused(errors.RequestMismatch):
        wallet.approve_request(principal, 0, request, when)
    _, later = ask(1)
    for slot, time in ((0, later), (1, when), (1, later)):
        with attack.refused(errors.BadPrincipalSignature):
            wallet.approve_request_signed(relayer, slot, request, time, *approval)
    for change in ({}, {"agent_key": other_agent.address}):
        regrant(**change)
        _, later = ask(by=other_agent if change else rogue.agent)
        for time in (when, later):
            with attack.refused(errors.BadPrincipalSignature):
                wallet.approve_request_signed(relayer, 0, request, time, *approval)


def test_h04_a_request_after_a_hand_over_there_and_back(
    attack, rogue, ask, principal, other_principal, relayer, regrant, now
):
    """Makes a request again after the wallet was handed to another principal and back, to use the first approval."""
    wallet = rogue.wallet
    request, when = ask()
    approval = (1, 2**34, signed(principal, wallet.approval_typed_data(0, request, when, 1, 2**34)))
    hand_there_and_back(wallet, principal, other_principal, now)
    regrant()
    ask()
    with attack.refused(errors.BadPrincipalSignature):
        wallet.approve_request_signed(relayer, 0, request, when, *approval)


def hand_there_and_back(wallet, principal, other_principal, now):
    for giver, taker in ((principal, other_principal), (other_principal, principal)):
        wallet.offer_hand_over(giver, taker.address, now() + DAY)
        wallet.accept_hand_over(taker)


# H05: mandates and authorizations of a round that has ended


@pytest.fixture
def end_round(rogue, principal, other_principal, regrant, now):
    """The principal ends the round, in one of the possible ways."""
    wallet = rogue.wallet
    return {
        "lifting": lambda: wallet.lift_mandate(principal),
        "refusing all": lambda: wallet.refuse_all(principal),
        "another mandate": regrant,
        "a hand-over and back": lambda: hand_there_and_back(wallet, principal, other_principal, now),
    }


ENDS = ("lifting", "refusing all", "another mandate", "a hand-over and back")


@pytest.mark.parametrize("kind", ENDS)
def test_h05_a_mandate_of_an_ended_round(
    kind, attack, rogue, end_round, principal, relayer, budgets, powers, new_mandate, accomplice
):
    """Keeps a mandate that both have signed, and installs it after the principal has ended its round."""
    wallet = rogue.wallet
    wide = (replace(budgets[0], payees=(accomplice.address,)), budgets[1])
    mandate = new_mandate(budgets=wide, **powers).in_round(wallet.round)
    signable = mandate.signable(wallet.address, wallet.web3.eth.chain_id)
    signatures = [bytes(key.sign_message(signable).signature) for key in (principal, rogue.agent)]
    end_round[kind]()
    for who in (relayer, rogue.agent, accomplice):
        with attack.refused(errors.RoundEnded, given=mandate.round, expected=wallet.round):
            wallet.set_mandate_signed(who, mandate, *signatures)
    with attack.refused(errors.BadPrincipalSignature):
        wallet.set_mandate_signed(relayer, mandate.in_round(wallet.round), *signatures)


@pytest.mark.parametrize("kind", ENDS)
def test_h05_an_authorization_of_an_ended_round(
    kind, attack, rogue, end_round, authorize, settle, relayer, regrant, now
):
    """Keeps an authorization, and settles it after its round: before and after it is closed, and under a new mandate."""
    wallet, later = rogue.wallet, authorize(99)
    wallet.preauthorize(rogue.agent, later)
    end_round[kind]()
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(wallet, later)
    with attack.accepted():
        wallet.close_authorizations(relayer, "USD", [later])
    regrant()
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(wallet, later)
    with attack.refused(errors.AuthorizationUnknown):
        wallet.close_authorizations(relayer, "USD", [later])


def test_h05_an_end_of_the_round_by_others(
    attack, rogue, suite, accomplice, guardian, principal, usdc, payee, pay, ask
):
    """Ends the principal's round as agent, guardian or stranger, to void what the principal has signed."""
    attack.may_extract(1)
    wallet, before = rogue.wallet, rogue.wallet.round
    suite.switch.set_guardian(principal, guardian.address)
    for who in (rogue.agent, guardian, accomplice):
        for function in ("refuseAll", "liftMandate"):
            with attack.refused(errors.NotPrincipal, caller=who.address):
                wallet.send(who, function)
    for action in (lambda: pay(1), ask, lambda: suite.switch.pause(guardian, wallet.address, principal.address)):
        with attack.accepted():
            action()
    assert wallet.round == before


# H19, H20: offers and links


def test_h19_an_offer_that_has_ended(
    attack, rogue, principal, other_principal, accomplice, regrant, usdc, now, time_travel
):
    """Accepts an offer after its last second, after the principal has ended its round, and after it was withdrawn."""
    wallet = rogue.wallet
    for bad in (now() - 60, now() + 31 * DAY, 2**48 - 1):
        with attack.refused(errors.InvalidHandOverDeadline, deadline=bad):
            wallet.offer_hand_over(principal, other_principal.address, bad)
    for end in (lambda: wallet.refuse_all(principal), regrant, lambda: wallet.lift_mandate(principal)):
        wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
        end()
        with attack.refused(errors.RoundEnded):
            wallet.accept_hand_over(other_principal)
    wallet.offer_hand_over(principal, other_principal.address, now() + 60)
    time_travel(seconds=61)
    with attack.refused(errors.DeadlinePassed):
        wallet.accept_hand_over(other_principal)
    wallet.offer_hand_over(principal, other_principal.address, now() + 60)
    wallet.cancel_hand_over(principal)
    for who in (other_principal, accomplice):
        with attack.refused(errors.NotPendingPrincipal):
            wallet.accept_hand_over(who)


def test_h20_a_link_taken_from_another_principal(attack, rogue, suite, accomplice, principal, usdc, pay, now):
    """Takes the registry's link of a wallet that was not handed over, to another agent or another principal."""
    attack.may_extract(1)
    registry, wallet = suite.registry, rogue.wallet
    epoch = suite.switch.epoch_of(principal.address)
    data = registry.enrollment_typed_data(principal.address, wallet.address, "", STATEMENT_HASH, epoch, now() + DAY)
    enroll = registry.call_data(
        "enroll", principal.address, epoch, "", STATEMENT_HASH, now() + DAY, signed(principal, data)
    )
    with attack.refused(errors.WalletAlreadyLinked):
        wallet.execute(principal, WalletCall(registry.address, data=enroll))
    mine = registry.register(accomplice)
    with attack.refused(errors.BadWalletSignature):
        registry.set_agent_wallet(accomplice, mine, wallet.address, now() + 60, b"")
    suite.switch.sync(accomplice, wallet.address)
    with attack.accepted():
        pay(1)
    assert registry.check_wallet(wallet.address).agent_id == rogue.agent_id


def test_h20_a_revoked_agent_back_by_a_hand_over(
    attack, rogue, suite, principal, other_principal, regrant, pay, now, usdc
):
    """Has the wallet handed over and back across a stop of all, so that the old agent would be active again."""
    suite.switch.revoke_all(principal)
    hand_there_and_back(rogue.wallet, principal, other_principal, now)
    with attack.refused(errors.NoMandate):
        pay(1)
    assert suite.registry.check_agent(rogue.agent_id).status is Status.REVOKED
    with attack.refused(errors.AgentNotActive, status=Status.REVOKED):
        suite.registry.require_active(rogue.agent_id)
    regrant()
    assert suite.registry.check_agent(rogue.agent_id).status is Status.REVOKED

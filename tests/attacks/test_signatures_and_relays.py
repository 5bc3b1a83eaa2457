"""D: what was signed once, used twice, elsewhere, changed, or by somebody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi import encode
from eth_account.messages import encode_defunct, encode_typed_data

from peculium import AgentWallet, Call, LimitedPayee, Payment, Request
from peculium import exceptions as errors
from peculium.actions import sign_with
from peculium.mandate import WALLET_DOMAIN
from peculium.switch import OrderKind
from tests.attacks.conftest import USDC
from verification.expectations import DAY, ZERO

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
NOT_OF_THE_WALLETS = "FiatTokenV2: invalid signature"


@pytest.fixture
def signed(rogue, usdc, payee, now):
    """A payment of a hundred to the payee that the agent has signed."""

    def sign(**terms):
        terms = {"deadline": now() + DAY, **terms}
        return rogue.wallet.sign_action(terms.pop("by", rogue.agent), "pay", usdc.address, payee.address, 100, **terms)

    return sign


@pytest.fixture
def twin(attack, rogue, new_rogue, other_agent, new_mandate, budgets, powers):
    """Another wallet of the same principal's, under the same terms, and the same agent key."""
    agent = new_rogue(key=other_agent)
    mandate = new_mandate(budgets=budgets, **powers).replacing(agent.wallet.last_mandate_hash)
    agent.wallet.set_mandate(agent.principal, mandate)
    attack.watch(agent)
    return agent


# D01 to D06: elsewhere, changed, and again


def test_d01_in_another_wallet(attack, rogue, twin, signed, relayer, usdc, payee, authorize, settle, principal, now):
    """Uses what was signed for one wallet in another of the same principal, key and terms: actions, cheques, authorizations,
    and the principal's own calls."""
    action = signed()
    with attack.refused(errors.BadAgentSignature):
        twin.wallet.act(relayer, action)
    cheque = rogue.wallet.write_cheque(rogue.agent, usdc.address, payee.address, 1, USDC, 0)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(twin.wallet, cheque.authorization, cheque.signature)
    later = authorize(100)
    rogue.wallet.preauthorize(rogue.agent, later)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(twin.wallet, later)
    calls = [Call(usdc.address, 0, usdc.call_data("transfer", payee.address, 1))]
    data = rogue.wallet.execute_typed_data(calls, 1, now() + DAY)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    with attack.refused(errors.BadPrincipalSignature):
        twin.wallet.execute_signed(relayer, calls, 1, now() + DAY, signature)


@pytest.mark.parametrize("chain", [0, 1, 8453, 2**64])
def test_d02_on_another_chain(chain, attack, rogue, signed, relayer):
    """Uses what was signed for the same wallet on another chain."""
    action = signed()
    data = action.typed_data(rogue.wallet.mandate_hash, chain, WALLET_DOMAIN)
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, replace(action, signature=sign_with(rogue.agent, data)))


def test_d02_after_a_fork(attack, rogue, signed, relayer, usdc, web3, suite, principal):
    """Uses what was signed before the chain split, on the half that has another id: the wallet may not remember its domain."""
    action = signed()
    chain = web3.eth.chain_id
    web3.provider.make_request("anvil_setChainId", [chain + 1])
    try:
        with attack.refused(errors.BadAgentSignature):
            rogue.wallet.act(relayer, action)
        again = signed()
        rogue.wallet.read("act", again.action, again.relay(), again.signature, sender=relayer.address)
    finally:
        web3.provider.make_request("anvil_setChainId", [chain])


@pytest.mark.parametrize("field", ["action", "signature"])
def test_d05_a_bit_of_what_was_signed(field, attack, rogue, signed, relayer):
    """Changes one bit in every byte of an action, and of its signature."""
    action = signed()
    whole = getattr(action, field)
    # Another selector is refused before, as no verb.
    for index in range(4 if field == "action" else 0, len(whole)):
        changed = whole[:index] + bytes([whole[index] ^ 1 << index % 8]) + whole[index + 1 :]
        forged = replace(action, **{field: changed})
        with attack.refused(errors.BadAgentSignature):
            rogue.wallet.read("act", forged.action, forged.relay(), forged.signature, sender=relayer.address)


def test_d05_a_term_that_was_not_signed(attack, rogue, signed, relayer, accomplice, dai, now):
    """Changes who carries an action, until when, for which fee, in which token, and its nonce."""
    action = signed(relayer=relayer.address)
    changes = {
        "relayer": ZERO,
        "deadline": action.deadline + 1,
        "fee_token": dai.address,
        "fee": 1,
        "nonce": action.nonce ^ 1,
    }
    for name, value in changes.items():
        with attack.refused(errors.BadAgentSignature):
            rogue.wallet.act(relayer, replace(action, **{name: value}))
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(accomplice, replace(action, relayer=accomplice.address))


def test_d05_a_field_of_an_approval(attack, rogue, usdc, dai, payee, accomplice, principal, relayer, now):
    """Has the principal sign its approval, and carries it with another slot, payee, token, amount, reference or end."""
    asked = Request(usdc.address, payee.address, 100, now() + DAY)
    deadline = now() + DAY
    data = rogue.wallet.approval_typed_data(0, asked, 1, deadline)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    changes = (
        {"payee": accomplice.address},
        {"token": dai.address},
        {"amount": 101},
        {"ref": "x"},
        {"expires_at": now() + DAY + 1},
    )
    for change in changes:
        other = replace(asked, **change)
        rogue.wallet.request_payment(rogue.agent, 0, other)
        with attack.refused(errors.BadPrincipalSignature):
            rogue.wallet.approve_request_signed(relayer, 0, other, 1, deadline, signature)
        rogue.wallet.cancel_request(rogue.agent, 0, other)
    rogue.wallet.request_payment(rogue.agent, 1, asked)
    with attack.refused(errors.BadPrincipalSignature):
        rogue.wallet.approve_request_signed(relayer, 1, asked, 1, deadline, signature)


def test_d06_one_signature_twice(attack, rogue, signed, relayer, accomplice, usdc, payee, now):
    """Carries the same action again, as the same and as another carrier, after it was used, and after it was canceled."""
    attack.may_extract(100)
    action = signed(nonce=7)
    with attack.accepted():
        rogue.wallet.act(relayer, action)
    for carrier in (relayer, accomplice, rogue.agent, rogue.principal):
        with attack.refused(errors.NonceSpent, nonce=7):
            rogue.wallet.act(carrier, action)
    with attack.refused(errors.NonceSpent, nonce=7):
        rogue.wallet.act(relayer, signed(nonce=7))
    canceled = signed(nonce=8)
    rogue.wallet.cancel_action(rogue.agent, 8)
    with attack.refused(errors.NonceSpent, nonce=8):
        rogue.wallet.act(relayer, canceled)
    # Unset by being set again?
    with attack.refused(errors.NonceSpent, nonce=8):
        rogue.wallet.cancel_action(rogue.agent, 8)


def test_d06_the_principals_signature_twice(attack, rogue, usdc, payee, principal, relayer, now):
    """Carries a call that the principal has signed a second time, and after its nonce was canceled."""
    attack.principal_paid(1)
    calls = [Call(usdc.address, 0, usdc.call_data("transfer", payee.address, 10**6))]
    deadline = now() + DAY
    for nonce in (1, 2):
        data = rogue.wallet.execute_typed_data(calls, nonce, deadline)
        signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
        if nonce == 1:
            rogue.wallet.execute_signed(relayer, calls, nonce, deadline, signature)
        else:
            rogue.wallet.send(principal, "cancelNonce", nonce)
        with attack.refused(errors.NonceSpent, nonce=nonce):
            rogue.wallet.execute_signed(relayer, calls, nonce, deadline, signature)


# D07 to D09: forms of a signature


def _forms(signature):
    r, s, v = signature[:32], int.from_bytes(signature[32:64]), signature[64]
    high = (ORDER - s).to_bytes(32)
    return {
        "high s": r + high + bytes([55 - v]),
        "high s, same v": r + high + bytes([v]),
        "compact": r + (s | (v - 27) << 255).to_bytes(32),
        "v of 0 and 1": signature[:64] + bytes([v - 27]),
        "a byte more": signature + b"\0",
        "a byte less": signature[:64],
        "zeros": bytes(65),
        "zeros with a v": bytes(64) + b"\x1b",
        "r of the order": ORDER.to_bytes(32) + signature[32:],
        "nothing": b"",
    }


@pytest.mark.parametrize("form", list(_forms(bytes(64) + b"\x1b")))
def test_d07_d08_another_form_of_the_signature(form, attack, rogue, signed, relayer, usdc, payee, settle):
    """Carries a signature in a form that is as good to some, or one that recovers to nobody, for an action and a cheque."""
    action = signed()
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, replace(action, signature=_forms(action.signature)[form]))
    cheque = rogue.wallet.write_cheque(rogue.agent, usdc.address, payee.address, 1, USDC, 0)
    head, own = cheque.signature[:-65], cheque.signature[-65:]
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(rogue.wallet, cheque.authorization, head + _forms(own)[form])


def test_d08_nobody_as_the_agent_key(attack, rogue, regrant):
    """Has a mandate granted to nobody, whose signature is any that recovers to nothing."""
    for key in (ZERO, rogue.wallet.address, rogue.principal.address):
        with attack.refused(errors.InvalidAgentKey, agent_key=key):
            regrant(agent_key=key)


def test_d09_a_signature_that_deploys(attack, rogue, signed, relayer, target, usdc, payee, accomplice, settle, now):
    """Wraps a signature in a call that is to be made before it is checked (ERC-6492), so that the wallet calls as itself."""
    action = signed()
    steal = usdc.call_data("transfer", accomplice.address, 10**12)
    target.send(relayer, "arm", usdc.address, steal, 9, False)
    for callee, data in ((target.address, b"\1\2\3\4"), (usdc.address, bytes.fromhex(steal[2:]))):
        wrapped = encode(["address", "bytes", "bytes"], [callee, data, action.signature]) + bytes.fromhex("6492" * 16)
        with attack.refused(errors.BadAgentSignature):
            rogue.wallet.act(relayer, replace(action, signature=wrapped))
        calls = [Call(usdc.address, 0, steal)]
        with attack.refused(errors.BadPrincipalSignature):
            rogue.wallet.execute_signed(relayer, calls, 5, now() + DAY, wrapped)
        cheque = rogue.wallet.write_cheque(rogue.agent, usdc.address, accomplice.address, 1, USDC, 0)
        with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
            settle(rogue.wallet, cheque.authorization, wrapped)
    assert target.read("callsMade") == 0


# D11 to D16: nonces, carriers, deadlines


def test_d11_nonces_of_others(attack, rogue, signed, relayer, accomplice, payee, guardian, suite, usdc, principal, now):
    """Makes nonces unusable that aren't its own: strangers the agent's, the agent the principal's."""
    attack.may_extract(100)
    attack.principal_paid(1)
    suite.switch.set_guardian(principal, guardian.address)
    action = signed(nonce=7)
    for who in (relayer, accomplice, payee, guardian):
        with attack.refused(errors.NotAgentKeyOrPrincipal, caller=who.address):
            rogue.wallet.cancel_action(who, 7)
    with attack.refused(errors.NotPrincipal):
        rogue.wallet.send(rogue.agent, "cancelNonce", 7)
    rogue.wallet.act(relayer, action)
    # The agent has used its own seven: the principal's is another.
    calls = [Call(usdc.address, 0, usdc.call_data("transfer", payee.address, 10**6))]
    data = rogue.wallet.execute_typed_data(calls, 7, now() + DAY)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    rogue.wallet.execute_signed(relayer, calls, 7, now() + DAY, signature)


CARRIED = ("execute", "withdraw", "setMandate", "offerHandOver", "approveRequest", "refuseAll", "act", "cancelAction")


@pytest.mark.parametrize("function", CARRIED)
@pytest.mark.parametrize("carrier", ["relayer", "principal"])
def test_d15_what_is_no_verb_of_the_agents(
    function, carrier, attack, rogue, accomplice, usdc, now, request, bundler, operate
):
    """Signs what only the principal may do, to be carried by another, by the principal in its own name, and by the EntryPoint."""
    wallet, deadline = rogue.wallet, now() + DAY
    ask = (usdc.address, accomplice.address, 1, bytes(32), deadline)
    data = {
        "execute": (usdc.address, 0, usdc.call_data("transfer", accomplice.address, 1)),
        "withdraw": (usdc.address, accomplice.address, 1),
        "setMandate": (rogue.mandate.as_tuple(),),
        "offerHandOver": (accomplice.address,),
        "approveRequest": (0, ask),
        "refuseAll": (),
        "act": (wallet.action("resign"), (ZERO, deadline, ZERO, 0, 1), b""),
        "cancelAction": (1,),
    }[function]
    calldata = bytes.fromhex(wallet.call_data(function, *data)[2:])

    class Other(AgentWallet):
        """Signs anything."""

        def action(self, verb, *arguments):
            return calldata

    other = Other(wallet.web3, wallet.address)
    action = other.sign_action(rogue.agent, function, deadline=deadline)
    with attack.refused(errors.NotAnAction, selector=calldata[:4]):
        wallet.act(request.getfixturevalue(carrier), action)
    with attack.refused(errors.NotAnAgentOperation, verb=calldata[:4]):
        bundler.send(operate(wallet, rogue.agent, calldata))


def test_d16_e03_signatures_hoarded_for_after_the_revocation(attack, rogue, usdc, payee, relayer, suite):
    """Signs a thousand small payments with no end, of which twenty are carried once the agent is revoked."""
    signed = [
        rogue.wallet.sign_action(rogue.agent, "pay", usdc.address, payee.address, 1, deadline=2**47, nonce=nonce)
        for nonce in range(0, 1000, 50)
    ]
    suite.switch.revoke(rogue.principal, rogue.wallet.address)
    for action in signed:
        with attack.refused(errors.AgentIsRevoked):
            rogue.wallet.act(relayer, action)


def test_d16_signatures_hoarded_for_the_next_mandate(attack, rogue, signed, relayer, regrant, other_agent):
    """Carries what was signed under one mandate under the next one, of the same key, and of another."""
    action = signed(deadline=2**47)
    regrant()
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, action)
    regrant(agent_key=other_agent.address)
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, action)


# D17 to D22: fees, and words for other ears


def test_d17_the_fee_of_somebody_else(attack, rogue, signed, relayer, accomplice, usdc):
    """Takes an action out of the queue of a carrier and carries it first, for its fee, and has one signed for whoever comes."""
    action = signed(relayer=relayer.address, fee=(usdc.address, 1))
    for thief in (accomplice, rogue.agent):
        with attack.refused(errors.NotRelayer, caller=thief.address):
            rogue.wallet.act(thief, action)
    with attack.refused(errors.FeeNeedsRelayer, fee=10**6):
        rogue.wallet.act(accomplice, signed(fee=(usdc.address, 1)))


def test_d18_a_fee_as_a_way_out(attack, rogue, signed, relayer, usdc, dai, payee, regrant, budgets, now):
    """Pays an accomplice by the fee: one that isn't listed, more than a payment may be, and beside a payment that fills the window."""
    attack.may_extract(500)
    with attack.refused(errors.PayeeNotListed, payee=relayer.address):
        rogue.wallet.act(relayer, signed(relayer=relayer.address, fee=(usdc.address, 1)))
    regrant(budgets=(replace(budgets[0], limited_payees=(LimitedPayee(relayer.address, 150),)), budgets[1]))
    with attack.refused(errors.PaymentLimitExceeded):
        rogue.wallet.act(relayer, signed(relayer=relayer.address, fee=(usdc.address, 101)))
    with attack.accepted():
        rogue.wallet.act(relayer, signed(relayer=relayer.address, fee=(usdc.address, 100)))
    with attack.refused(errors.PayeeLimitExceeded, payee=relayer.address):
        rogue.wallet.act(relayer, signed(relayer=relayer.address, fee=(dai.address, 51)))
    rogue.wallet.pay_batch(rogue.agent, [Payment(usdc.address, payee.address, 50)] * 3)
    before = rogue.wallet.spent("USD")
    with attack.refused(errors.WindowLimitExceeded):
        rogue.wallet.act(relayer, signed(relayer=relayer.address, fee=(usdc.address, 50)))
    assert rogue.wallet.spent("USD") == before


@pytest.mark.parametrize("kind", ["revoke", "pause"])
def test_d19_the_agents_word_for_the_principals(kind, attack, rogue, suite, principal, new_rogue, other_agent, relayer):
    """Signs orders to the switch against the principal's other agent, as itself and in the principal's name."""
    other = new_rogue(key=other_agent)
    attack.watch(other)
    order = suite.switch.sign_order(
        rogue.agent, OrderKind[kind.upper()], principal.address, 1, wallet=other.wallet.address
    )
    with attack.refused(errors.NotPrincipalOrGuardian, account=rogue.agent.address):
        suite.switch.submit_order(relayer, order)
    with attack.refused(errors.BadOrderSignature, signer=principal.address):
        suite.switch.submit_order(relayer, replace(order, signer=principal.address))


def test_d20_a_signature_of_plain_text(attack, rogue, signed, relayer, suite):
    """Signs the digest of an action as a plain message, as a key that is asked to log in would."""
    action = signed()
    digest = bytes(rogue.wallet.read("actionDigest", action.action, action.relay()))
    plain = bytes(rogue.agent.sign_message(encode_defunct(digest)).signature)
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, replace(action, signature=plain))


def test_d21_a_key_of_another_kind(attack, rogue, signed, deploy, relayer, colluder):
    """Names a verifier of its own behind the agent key's address, and itself as a contract that says yes."""
    action = signed()
    forged = [
        len(signer).to_bytes(2) + signer + b"\1"
        for signer in (
            bytes.fromhex(colluder.address[2:]),
            bytes.fromhex(colluder.address[2:]) + b"\1",
            bytes.fromhex(colluder.address[2:]) + bytes.fromhex(rogue.agent.address[2:]),
            bytes.fromhex(rogue.agent.address[2:]),
            b"",
        )
    ]
    for signature in (*forged, b"\xff\xff", b"\xff\xfd" + bytes(99), b"\0", b"\0\x16" + bytes(22)):
        with attack.refused(errors.BadAgentSignature):
            rogue.wallet.act(relayer, replace(action, signature=signature))


def test_d22_the_principals_bare_signature(attack, rogue, principal, authorize, settle, accomplice):
    """Has the principal sign a transfer for another account of its own, and shows it as the wallet's."""
    later = authorize(100, to=accomplice.address)
    data = later.typed_data(rogue.wallet.address, rogue.wallet.web3.eth.chain_id)
    bare = sign_with(principal, data)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(rogue.wallet, later, bare)


def test_d23_a_key_with_code_that_says_yes(attack, rogue, web3, colluder, usdc, payee, accomplice, relayer, now):
    """The agent key delegates to a contract that says yes to everybody (EIP-7702): whoever comes is the agent, within its limits."""
    attack.may_extract(500)
    web3.provider.make_request("anvil_setCode", [rogue.agent.address, web3.eth.get_code(colluder.address).to_0x_hex()])
    for amount in (100, 100, 100, 100, 98):
        action = rogue.wallet.sign_action(accomplice, "pay", usdc.address, payee.address, amount, deadline=now() + DAY)
        with attack.accepted():
            rogue.wallet.act(relayer, action)
    action = rogue.wallet.sign_action(accomplice, "pay", usdc.address, payee.address, 1, deadline=now() + DAY)
    with attack.refused(errors.WindowLimitExceeded):
        rogue.wallet.act(relayer, action)
    action = rogue.wallet.sign_action(accomplice, "pay", usdc.address, accomplice.address, 1, deadline=now() + DAY)
    with attack.refused(errors.PayeeNotListed):
        rogue.wallet.act(relayer, action)

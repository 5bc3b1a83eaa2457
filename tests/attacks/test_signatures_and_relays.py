"""D: signatures that are replayed, changed, forged, or used by somebody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi import encode
from eth_account.messages import encode_defunct, encode_typed_data

from peculium import FOREVER, AgentWallet, LimitedPayee, Pay, Request, Resign, WalletCall, errors
from peculium.keys import sign_with
from peculium.mandate import WALLET_DOMAIN
from peculium.switch import OrderKind
from peculium.wallet.cheques import sign_cheque
from tests.attacks.conftest import USDC
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
NOT_OF_THE_WALLETS = "FiatTokenV2: invalid signature"


@pytest.fixture
def signed(rogue, usdc, payee, now):
    """A signed payment of a hundred to the payee."""

    def sign(**terms):
        terms = {"deadline": now() + DAY, **terms}
        return rogue.wallet.sign_action(terms.pop("by", rogue.agent), Pay(usdc.address, payee.address, 100), **terms)

    return sign


@pytest.fixture
def sibling(attack, rogue, new_rogue, other_agent, new_mandate, budgets, powers):
    """Another wallet with the same principal, terms and agent key."""
    agent = new_rogue(key=other_agent)
    mandate = new_mandate(budgets=budgets, **powers).in_round(agent.wallet.round)
    agent.wallet.set_mandate(agent.principal, mandate)
    attack.watch(agent)
    return agent


# D01 to D06: other domains, changed fields and replays


def test_d01_signatures_for_another_wallet(
    attack, rogue, sibling, signed, relayer, usdc, payee, authorize, settle, principal, now
):
    """Uses what was signed for one wallet in another with the same principal, key and terms."""
    action = signed()
    with attack.refused(errors.BadAgentSignature):
        sibling.wallet.act(relayer, action)
    cheque = sign_cheque(rogue.wallet, rogue.agent, usdc.address, payee.address, 1, USDC, 0)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(sibling.wallet, cheque.authorization, cheque.signature)
    later = authorize(100)
    rogue.wallet.preauthorize(rogue.agent, later)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(sibling.wallet, later)
    calls = [WalletCall(usdc.address, 0, usdc.call_data("transfer", payee.address, 1))]
    data = rogue.wallet.execute_typed_data(calls, 1, now() + DAY)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    with attack.refused(errors.BadPrincipalSignature):
        sibling.wallet.execute_signed(relayer, calls, 1, now() + DAY, signature)


@pytest.mark.parametrize("chain", [0, 1, 8453, 2**64])
def test_d02_signatures_for_another_chain(chain, attack, rogue, signed, relayer):
    """Uses what was signed for the same wallet on another chain."""
    action = signed()
    data = action.typed_data(rogue.wallet.mandate_hash, chain, WALLET_DOMAIN)
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, replace(action, signature=sign_with(rogue.agent, data)))


def test_d02_signatures_after_a_fork(attack, rogue, signed, relayer, web3, set_chain_id):
    """Uses an old signature after a fork on the branch with a new chain id. A cached domain would accept it."""
    action = signed()
    set_chain_id(web3.eth.chain_id + 1)
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, action)
    again = signed()
    rogue.wallet.read("act", again.action, again.relay(), again.signature, sender=relayer.address)


@pytest.mark.parametrize("field", ["action", "signature"])
def test_d05_one_flipped_bit(field, attack, rogue, signed, relayer):
    """Flips one bit in every byte of an action and of its signature."""
    action = signed()
    whole = getattr(action, field)
    # A changed selector is refused earlier: it is no action.
    for index in range(4 if field == "action" else 0, len(whole)):
        changed = whole[:index] + bytes([whole[index] ^ 1 << index % 8]) + whole[index + 1 :]
        forged = replace(action, **{field: changed})
        with attack.refused(errors.BadAgentSignature):
            rogue.wallet.read("act", forged.action, forged.relay(), forged.signature, sender=relayer.address)


def test_d05_a_changed_field_of_an_action(attack, rogue, signed, relayer, accomplice, dai, now):
    """Changes the relayer, deadline, fee, fee token or nonce of an action."""
    action = signed(relayer=relayer.address)
    changes = {
        "relayer": ZERO_ADDRESS,
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


def test_d05_a_changed_field_of_an_approval(attack, rogue, usdc, dai, payee, accomplice, principal, relayer, now):
    """Relays the principal's approval with another slot, time, payee, token, amount, reference or expiry."""
    wallet, deadline = rogue.wallet, now() + DAY
    asked = Request(usdc.address, payee.address, 100, now() + DAY)

    def ask(slot, request):
        wallet.request_payment(rogue.agent, slot, request)
        return wallet.read("pendingRequests")[slot][1]

    when = ask(0, asked)
    data = wallet.approval_typed_data(0, asked, when, 1, deadline)
    terms = (1, deadline, bytes(principal.sign_message(encode_typed_data(full_message=data)).signature))
    with attack.refused(errors.BadPrincipalSignature):
        wallet.approve_request_signed(relayer, 0, asked, when + 1, *terms)
    wallet.cancel_request(rogue.agent, 0, asked)
    changes = (
        {"payee": accomplice.address},
        {"token": dai.address},
        {"amount": 101},
        {"ref": "x"},
        {"expires_at": now() + DAY + 1},
    )
    for change in changes:
        other = replace(asked, **change)
        with attack.refused(errors.BadPrincipalSignature):
            wallet.approve_request_signed(relayer, 0, other, ask(0, other), *terms)
        wallet.cancel_request(rogue.agent, 0, other)
    with attack.refused(errors.BadPrincipalSignature):
        wallet.approve_request_signed(relayer, 1, asked, ask(1, asked), *terms)


def test_d06_an_action_relayed_twice(attack, rogue, signed, relayer, accomplice, usdc, payee, now):
    """Relays an action again, by the same and another relayer, after it was used and after it was canceled."""
    attack.may_extract(100)
    action = signed(nonce=7)
    with attack.accepted():
        rogue.wallet.act(relayer, action)
    for submitter in (relayer, accomplice, rogue.agent, rogue.principal):
        with attack.refused(errors.NonceSpent, nonce=7):
            rogue.wallet.act(submitter, action)
    with attack.refused(errors.NonceSpent, nonce=7):
        rogue.wallet.act(relayer, signed(nonce=7))
    canceled = signed(nonce=8)
    rogue.wallet.cancel_action(rogue.agent, 8)
    with attack.refused(errors.NonceSpent, nonce=8):
        rogue.wallet.act(relayer, canceled)
    # Setting the bit again must not clear it.
    with attack.refused(errors.NonceSpent, nonce=8):
        rogue.wallet.cancel_action(rogue.agent, 8)


def test_d06_a_call_of_the_principal_relayed_twice(attack, rogue, usdc, payee, principal, relayer, now):
    """Relays a call that the principal signed a second time, and after its nonce was canceled."""
    attack.principal_paid(1)
    calls = [WalletCall(usdc.address, 0, usdc.call_data("transfer", payee.address, 10**6))]
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


# D07 to D09: encodings of a signature


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
def test_d07_d08_another_encoding_of_a_signature(form, attack, rogue, signed, relayer, usdc, payee, settle):
    """Relays an action and a cheque with malleable signatures, or with ones that recover the zero address."""
    action = signed()
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, replace(action, signature=_forms(action.signature)[form]))
    cheque = sign_cheque(rogue.wallet, rogue.agent, usdc.address, payee.address, 1, USDC, 0)
    head, own = cheque.signature[:-65], cheque.signature[-65:]
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(rogue.wallet, cheque.authorization, head + _forms(own)[form])


def test_d08_the_zero_address_as_agent_key(attack, rogue, regrant):
    """Sets a mandate for the zero address, which every invalid signature recovers."""
    for key in (ZERO_ADDRESS, rogue.wallet.address, rogue.principal.address):
        with attack.refused(errors.InvalidAgentKey, agent_key=key):
            regrant(agent_key=key)


def test_d09_an_erc6492_signature(attack, rogue, signed, relayer, target, usdc, payee, accomplice, settle, now):
    """Wraps a signature in a call to make before it is checked (ERC-6492), so that the wallet would call it."""
    action = signed()
    steal = usdc.call_data("transfer", accomplice.address, 10**12)
    target.send(relayer, "arm", usdc.address, steal, 9, False)
    for callee, data in ((target.address, b"\1\2\3\4"), (usdc.address, bytes.fromhex(steal[2:]))):
        wrapped = encode(["address", "bytes", "bytes"], [callee, data, action.signature]) + bytes.fromhex("6492" * 16)
        with attack.refused(errors.BadAgentSignature):
            rogue.wallet.act(relayer, replace(action, signature=wrapped))
        calls = [WalletCall(usdc.address, 0, steal)]
        with attack.refused(errors.BadPrincipalSignature):
            rogue.wallet.execute_signed(relayer, calls, 5, now() + DAY, wrapped)
        cheque = sign_cheque(rogue.wallet, rogue.agent, usdc.address, accomplice.address, 1, USDC, 0)
        with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
            settle(rogue.wallet, cheque.authorization, wrapped)
    assert target.read("callsMade") == 0


# D11 to D16: nonces, relayers, deadlines


def test_d11_nonces_of_other_accounts(
    attack, rogue, signed, relayer, accomplice, payee, guardian, suite, usdc, principal, now
):
    """Invalidates nonces that aren't its own: strangers the agent's, and the agent the principal's."""
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
    # The agent has used its own nonce 7, which is not the principal's.
    calls = [WalletCall(usdc.address, 0, usdc.call_data("transfer", payee.address, 10**6))]
    data = rogue.wallet.execute_typed_data(calls, 7, now() + DAY)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    rogue.wallet.execute_signed(relayer, calls, 7, now() + DAY, signature)


RELAYED = (
    "execute",
    "withdraw",
    "setMandate",
    "offerHandOver",
    "approveRequest",
    "approveCall",
    "refuseAll",
    "act",
    "cancelAction",
)


@pytest.mark.parametrize("function", RELAYED)
@pytest.mark.parametrize("submitter", ["relayer", "principal"])
def test_d15_functions_that_are_no_actions(
    function, submitter, attack, rogue, accomplice, usdc, now, request, bundler, operate
):
    """Signs functions of the principal, relayed by others, by the principal himself and by the EntryPoint."""
    wallet, deadline = rogue.wallet, now() + DAY
    ask = (usdc.address, accomplice.address, 1, bytes(32), deadline)
    data = {
        "execute": (usdc.address, 0, usdc.call_data("transfer", accomplice.address, 1)),
        "withdraw": (usdc.address, accomplice.address, 1),
        "setMandate": (rogue.mandate.as_tuple(),),
        "offerHandOver": (accomplice.address, deadline),
        "approveRequest": (0, ask, 0),
        "approveCall": (0, (usdc.address, 0, b"", usdc.address, 0, 0, bytes(32), deadline), 0),
        "refuseAll": (),
        "act": (wallet.action(Resign()), (ZERO_ADDRESS, ZERO_ADDRESS, 0, 0, deadline, 1), b""),
        "cancelAction": (1,),
    }[function]
    calldata = bytes.fromhex(wallet.call_data(function, *data)[2:])

    class Other(AgentWallet):
        """Signs anything."""

        def action(self, action):
            return calldata

    other = Other(wallet.web3, wallet.address)
    action = other.sign_action(rogue.agent, Resign(), deadline=deadline)
    with attack.refused(errors.NotAnAction, selector=calldata[:4]):
        wallet.act(request.getfixturevalue(submitter), action)
    with attack.refused(errors.NotAnAgentOperation, action=calldata[:4]):
        bundler.send(operate(wallet, rogue.agent, calldata))


def test_d16_e03_signatures_used_after_the_revocation(attack, rogue, usdc, payee, relayer, suite):
    """Signs a thousand small payments without a deadline. Twenty are relayed after the revocation."""
    signed = [
        rogue.wallet.sign_action(rogue.agent, Pay(usdc.address, payee.address, 1), deadline=FOREVER, nonce=nonce)
        for nonce in range(0, 1000, 50)
    ]
    suite.switch.revoke(rogue.principal, rogue.wallet.address)
    for action in signed:
        with attack.refused(errors.AgentIsRevoked):
            rogue.wallet.act(relayer, action)


def test_d16_signatures_used_under_the_next_mandate(attack, rogue, signed, relayer, regrant, other_agent):
    """Relays an action of one mandate under the next one, with the same key and with another."""
    action = signed(deadline=FOREVER)
    regrant()
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, action)
    regrant(agent_key=other_agent.address)
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, action)


# D17 to D23: fees, and signatures for another purpose


def test_d17_a_front_run_relayer_fee(attack, rogue, signed, relayer, accomplice, usdc):
    """Relays an action of another relayer first to get its fee, and signs a fee for any relayer."""
    action = signed(relayer=relayer.address, fee=(usdc.address, 1))
    for thief in (accomplice, rogue.agent):
        with attack.refused(errors.NotRelayer, caller=thief.address):
            rogue.wallet.act(thief, action)
    with attack.refused(errors.FeeNeedsRelayer, fee=10**6):
        rogue.wallet.act(accomplice, signed(fee=(usdc.address, 1)))


def test_d18_a_relayer_fee_as_a_payment(attack, rogue, signed, relayer, usdc, dai, payee, regrant, budgets, now):
    """Pays an accomplice by the fee: one not listed, above the payment limit, or after a payment that fills the window."""
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
    rogue.wallet.pay_batch(rogue.agent, [Pay(usdc.address, payee.address, 50)] * 3)
    before = rogue.wallet.spent("USD")
    with attack.refused(errors.WindowLimitExceeded):
        rogue.wallet.act(relayer, signed(relayer=relayer.address, fee=(usdc.address, 50)))
    assert rogue.wallet.spent("USD") == before


@pytest.mark.parametrize("kind", ["revoke", "pause"])
def test_d19_orders_to_the_switch_signed_by_the_agent(
    kind, attack, rogue, suite, principal, new_rogue, other_agent, relayer
):
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


def test_d20_a_personal_message(attack, rogue, signed, relayer, suite):
    """Signs the digest of an action as a personal message, as for a login."""
    action = signed()
    digest = bytes(rogue.wallet.read("actionDigest", action.action, action.relay()))
    plain = bytes(rogue.agent.sign_message(encode_defunct(digest)).signature)
    with attack.refused(errors.BadAgentSignature):
        rogue.wallet.act(relayer, replace(action, signature=plain))


def test_d21_a_contract_as_signature_verifier(attack, rogue, signed, deploy, relayer, colluder):
    """Names its own verifier for the agent key, and a contract that accepts every signature."""
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


def test_d22_a_signature_for_the_principals_own_account(attack, rogue, principal, authorize, settle, accomplice):
    """Has the principal sign a transfer of his own account, and uses it for the wallet."""
    later = authorize(100, to=accomplice.address)
    data = later.typed_data(rogue.wallet.address, rogue.wallet.web3.eth.chain_id)
    bare = sign_with(principal, data)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        settle(rogue.wallet, later, bare)


def test_d23_an_agent_key_that_accepts_every_signature(
    attack, rogue, web3, colluder, usdc, payee, accomplice, relayer, now
):
    """The agent key delegates to code that accepts every signature (EIP-7702): everybody is the agent, within its limits."""
    attack.may_extract(500)
    web3.provider.make_request("anvil_setCode", [rogue.agent.address, web3.eth.get_code(colluder.address).to_0x_hex()])
    for amount in (100, 100, 100, 100, 98):
        action = rogue.wallet.sign_action(accomplice, Pay(usdc.address, payee.address, amount), deadline=now() + DAY)
        with attack.accepted():
            rogue.wallet.act(relayer, action)
    action = rogue.wallet.sign_action(accomplice, Pay(usdc.address, payee.address, 1), deadline=now() + DAY)
    with attack.refused(errors.WindowLimitExceeded):
        rogue.wallet.act(relayer, action)
    action = rogue.wallet.sign_action(accomplice, Pay(usdc.address, accomplice.address, 1), deadline=now() + DAY)
    with attack.refused(errors.PayeeNotListed):
        rogue.wallet.act(relayer, action)

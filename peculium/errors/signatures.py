"""The signature is wrong, late or already used."""

from __future__ import annotations

from peculium.errors.contract import InvalidSignature


class BadAgentSignature(InvalidSignature):
    template = (
        "The agent key {agent_key} didn't sign the digest {digest}. Sign it with that key, for the mandate in force."
    )


class FeeNeedsRelayer(InvalidSignature):
    template = "The action offers a fee of {fee:token} but names no relayer. Name the relayer."


class NotAnAction(InvalidSignature):
    template = "{selector} isn't the selector of an agent action, so it can't be relayed."


class BadPrincipalSignature(InvalidSignature):
    template = "The principal {principal} didn't sign the digest {digest}. Sign it with the principal's key."


class BadMandateSignature(InvalidSignature):
    template = "{signer} didn't sign this mandate (digest {digest}). Sign it for this wallet and chain."


class BadAcceptanceSignature(InvalidSignature):
    template = "{principal} didn't sign this acceptance of liability (digest {digest}). Sign it with that key."


class BadWalletSignature(InvalidSignature):
    template = "The wallet {wallet} didn't sign that it belongs to this agent (digest {digest})."


class BadOrderSignature(InvalidSignature):
    template = "{signer} didn't sign this order (digest {digest})."


class DeadlinePassed(InvalidSignature):
    template = "The deadline {deadline:time} has passed (now: {timestamp:time}). Sign again with a later deadline."


class DeadlineTooFar(InvalidSignature):
    template = "The deadline {deadline:time} is too late; the latest is {latest:time}. Sign again."


class NonceSpent(InvalidSignature):
    template = (
        "The nonce {nonce} was already used or canceled. Before you sign again with another nonce, see whether the action was "
        "done: AgentWallet.find_relay gives its transaction."
    )


class OrderSpent(InvalidSignature):
    template = "The nonce {nonce} of {signer} was already used or canceled. Sign the order with another nonce."


class OrderOutdated(InvalidSignature):
    template = (
        "The order is for epoch {epoch}; the current epoch is {current_epoch}. "
        "The agents of the earlier epoch are already revoked."
    )


class InvalidAccountNonce(InvalidSignature):
    template = "The next nonce of {account} is {current_nonce}. Sign again with it."

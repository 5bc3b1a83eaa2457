"""The accounts that a principal can have: a key, a keystore, a key elsewhere, a Safe."""

from peculium.accounts.account import PrincipalAccount, account_of, payer_of
from peculium.accounts.external import ExternalSigner
from peculium.accounts.keystore import open_keystore
from peculium.accounts.safe import Safe

__all__ = ["ExternalSigner", "PrincipalAccount", "Safe", "account_of", "open_keystore", "payer_of"]

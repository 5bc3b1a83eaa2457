"""Encrypted files of keys (Web3 Secret Storage), as geth, Foundry and most tools write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from peculium.errors import InvalidInput


def read_keystore(path: str | Path, source: str = " of geth, Foundry or another tool.") -> dict[str, Any]:
    """Returns what a keystore file has, still encrypted. Raises `InvalidInput` if it can't be read or is no keystore.

    `source` ends the message that says what to pass instead.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"The keystore {path} can't be read: {error.strerror}. Check the path.") from None
    except ValueError:
        content = None
    if not isinstance(content, dict) or not {"crypto", "Crypto"} & content.keys():
        raise InvalidInput(f"{path} isn't an encrypted keystore. Pass a JSON file (version 3){source}")
    return content


def open_keystore(path: str | Path, password: str) -> LocalAccount:
    """Returns the account of an encrypted keystore file (JSON, version 3).

    Raises `InvalidInput` if the file can't be read, isn't a keystore, or the password is wrong.
    """
    content = read_keystore(path)
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(content, password))
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise InvalidInput(f"The password of the keystore {path} is wrong. Try again.") from None
        raise InvalidInput(f"The keystore {path} can't be decrypted: {error}. Use another file.") from None
    except (KeyError, TypeError, NotImplementedError) as error:
        raise InvalidInput(f"The keystore {path} is damaged: {error!r}. Use another copy.") from None
    return account

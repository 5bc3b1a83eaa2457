"""Who sends an action of an agent, and how it is done once.

With a key (`once`) an action is done once, whatever is retried. What guarantees that depends on the transport:

| transport | with a journal | without one |
| --- | --- | --- |
| `Direct` | the signed transaction, written down before it is sent | the nonce of a signed action, about 33,000 gas more |
| `Relayed` | the nonce of the signed action | the same |
| `UserOperations` | the signed operation, written down before it is sent | the nonce key of the operation |

Use one transport for a key: without a journal `UserOperations` doesn't see what the others did under it.
"""

from peculium.transports.direct import Direct
from peculium.transports.once import once_nonce
from peculium.transports.operations import UserOperations, once_subkey
from peculium.transports.relayed import Relayed
from peculium.transports.transport import Transport

__all__ = ["Direct", "Relayed", "Transport", "UserOperations", "once_nonce", "once_subkey"]

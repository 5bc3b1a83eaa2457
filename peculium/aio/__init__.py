"""The people of the package for asynchronous programs: the same methods, awaited.

Each method runs the blocking one in a thread of the package's own. So nonces, journal and faults of the node are handled by
the same code, and many tasks can use one key.

**Cancellation.** A canceled await undoes nothing. If its method hadn't begun, it never will. If it had, it goes on in its
thread to its end: what was sent stays sent, and locks are released in order. How it ended is logged under `peculium.aio`. With
`once=` the next call finds it instead of doing it again. Leaving `async with` waits for everything that still runs, and so
does the end of the process.
"""

from peculium.aio.agent import AsyncAgent
from peculium.aio.counterparty import check
from peculium.aio.principal import AsyncPrincipal
from peculium.aio.threads import AsyncPerson, in_thread

__all__ = ["AsyncAgent", "AsyncPerson", "AsyncPrincipal", "check", "in_thread"]

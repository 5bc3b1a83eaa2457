"""What a principal does, by subject; `peculium.principal` binds it to an account and a chain."""

from peculium.answering.agents import AgentSummary, Watching
from peculium.answering.creating import Creating, Draft, NewAgent
from peculium.answering.deciding import Deciding, Decision
from peculium.answering.granting import Granted, Granting
from peculium.answering.owning import Migration, Owning, Withdrawn
from peculium.answering.stopping import Stop, Stopping
from peculium.drafts import ToSign

__all__ = [
    "AgentSummary",
    "Creating",
    "Deciding",
    "Decision",
    "Draft",
    "Granted",
    "Granting",
    "Migration",
    "NewAgent",
    "Owning",
    "Stop",
    "Stopping",
    "ToSign",
    "Watching",
    "Withdrawn",
]

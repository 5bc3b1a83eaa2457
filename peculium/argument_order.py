"""Arguments in the wrong order: each has the kind that another place takes."""

from __future__ import annotations

from peculium.errors import InvalidInput
from peculium.errors.redaction import KEY, PHRASE, SECRETS, seems


def require_order(call: str, **given: tuple[object, str]) -> None:
    """Raises `InvalidInput` if an argument has the kind of another one. `call` is the right order, for the message.

    `given` has, by the argument's name, the value and the kind that it should seem to have. What seems to be none of the
    kinds isn't refused here. The message never has a key.
    """
    found = {name: seems(value) for name, (value, _) in given.items()}
    wanted = {name: kind for name, (_, kind) in given.items()}
    wrong = [name for name, kind in found.items() if kind is not None and kind != wanted[name]]
    # Another kind than all that the call takes is for the check of the argument itself, unless it may be a secret.
    misplaced = [name for name in wrong if found[name] in (*wanted.values(), KEY, PHRASE)]
    if not misplaced:
        return
    hidden = ", which isn't shown"
    parts = [f"{name} looks like {found[name]}{hidden * (found[name] in SECRETS)}" for name in misplaced]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    if len(misplaced) > 1:
        advice = f"The arguments seem to be swapped: the order is {call}."
    else:
        advice = f"Pass {wanted[misplaced[0]]} there: the order is {call}."
    raise InvalidInput(f"{listed}. {advice}")

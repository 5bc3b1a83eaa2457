"""How the package sends: round trips, and faults of nodes on the way."""

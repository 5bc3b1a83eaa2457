"""Everything that talks to a chain: requests to a node, transactions, receipts, logs and refusals."""

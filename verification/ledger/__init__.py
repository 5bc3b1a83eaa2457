"""Random steps on the ledger's contract and on its definition, with the same results."""

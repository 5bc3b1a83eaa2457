"""What a rogue agent can take in trades on the published bytecode of Uniswap V2, V3 and an ERC-4626 vault."""

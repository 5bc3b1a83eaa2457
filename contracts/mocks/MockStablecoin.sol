// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title MockStablecoin
/// @notice A test double: a plain ERC-20 with any decimals, which anyone can mint.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockStablecoin is ERC20 {
    uint8 private immutable _decimals;

    /// @param tokenDecimals Decimals of the token: 18 for one like DAI.
    constructor(string memory tokenName, string memory tokenSymbol, uint8 tokenDecimals)
        ERC20(tokenName, tokenSymbol)
    {
        _decimals = tokenDecimals;
    }

    /// @inheritdoc ERC20
    function decimals() public view virtual override returns (uint8) {
        return _decimals;
    }

    /// @notice Mints tokens (base units). Caller: anyone.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

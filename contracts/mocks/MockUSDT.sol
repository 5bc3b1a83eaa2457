// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title MockUSDT
/// @notice A test double of Tether USD on Ethereum: an ERC-20 with three deviations.
/// - `transfer`, `transferFrom` and `approve` return nothing.
/// - An allowance that isn't zero can only be changed to zero.
/// - A fee can be set, which the payee bears; it is zero, as it has been on the real token so far.
///
/// It reverts without a reason, like the real token. Blacklist, pause and upgrade are left out: MockUSDC has
/// them.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockUSDT {
    /* EVENTS */

    /// @notice Emitted when tokens (base units) are transferred; for a fee, a second event is emitted.
    event Transfer(address indexed from, address indexed to, uint256 value);
    /// @notice Emitted when an allowance (base units) is set.
    event Approval(address indexed owner, address indexed spender, uint256 value);
    /// @notice Emitted when the fee is set; `maxFee` is in base units.
    event Params(uint256 feeBasisPoints, uint256 maxFee);

    /* CONSTANTS */

    /// @notice Name of the token.
    string public constant name = "Tether USD";
    /// @notice Symbol of the token.
    string public constant symbol = "USDT";
    /// @notice Decimals of the token; a full word, as on the real token.
    uint256 public constant decimals = 6;

    /* STORAGE */

    /// @notice Account that receives the fees.
    address public immutable owner;
    /// @notice Total supply (base units).
    uint256 public totalSupply;
    /// @notice The fee (hundredths of a percent of the amount).
    uint256 public basisPointsRate;
    /// @notice The highest fee (base units).
    uint256 public maximumFee;
    /// @notice Balances (base units).
    mapping(address account => uint256) public balanceOf;
    /// @notice Allowances (base units); the highest number never decreases.
    mapping(address account => mapping(address spender => uint256)) public allowance;

    constructor() {
        owner = msg.sender;
    }

    /* MONEY */

    /// @notice Transfers tokens (base units); the payee receives the amount less the fee.
    function transfer(address to, uint256 value) external {
        _transfer(msg.sender, to, value);
    }

    /// @notice Transfers tokens (base units) with an allowance.
    function transferFrom(address from, address to, uint256 value) external {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        _transfer(from, to, value);
    }

    /// @notice Sets an allowance (base units).
    /// @dev Reverts if neither the old allowance nor the new one is zero.
    function approve(address spender, uint256 value) external {
        require(value == 0 || allowance[msg.sender][spender] == 0);
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function _transfer(address from, address to, uint256 value) private {
        uint256 fee = (value * basisPointsRate) / 10_000;
        if (fee > maximumFee) fee = maximumFee;
        balanceOf[from] -= value;
        balanceOf[to] += value - fee;
        if (fee > 0) {
            balanceOf[owner] += fee;
            emit Transfer(from, owner, fee);
        }
        emit Transfer(from, to, value - fee);
    }

    /* CONTROL */

    /// @notice Sets the fee. The bounds are those of the real token; here anyone may call.
    /// @param newBasisPoints Hundredths of a percent, below 20.
    /// @param newMaxFee Whole tokens, below 50.
    function setParams(uint256 newBasisPoints, uint256 newMaxFee) external {
        require(newBasisPoints < 20);
        require(newMaxFee < 50);
        basisPointsRate = newBasisPoints;
        maximumFee = newMaxFee * 10 ** decimals;
        emit Params(newBasisPoints, maximumFee);
    }

    /// @notice Mints tokens (base units). Caller: anyone.
    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }
}

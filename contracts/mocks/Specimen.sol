// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Specimen
/// @notice A test double: what the mutator changes, once each, in a contract small enough to list all its mutants.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract Specimen {
    uint256 public constant MOST = 10;
    address public immutable OWNER;
    uint256 public total;
    bool public closed;

    event Added(address indexed by, uint256 amount, uint256 total);

    error Closed();
    error NotOwner(address caller, address owner);
    error TooMuch(uint256 amount);

    constructor(address owner) {
        OWNER = owner;
    }

    modifier onlyOwner() {
        require(msg.sender == OWNER, NotOwner(msg.sender, OWNER));
        _;
    }

    /// @notice Adds, and says so.
    function add(uint256 amount) external onlyOwner {
        if (closed) revert Closed();
        require(total + amount < MOST, TooMuch(amount));
        total += amount;
        emit Added(msg.sender, amount, total);
    }

    /// @notice Ends it, then tells another contract.
    function close(Specimen next) external {
        closed = true;
        next.add(total);
    }

    /// @notice Calls anything.
    function forward(address target, bytes calldata data) external returns (bool done) {
        (done,) = target.call(data);
    }

    /// @notice Whether there is room and it is open.
    function open(uint256 amount) external view returns (bool) {
        return _fits(total, amount) && !closed;
    }

    function _fits(uint256 before, uint256 amount) private pure returns (bool) {
        return amount < MOST - before;
    }
}

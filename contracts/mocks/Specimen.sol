// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Specimen
/// @notice A test double: sample for the mutator, small enough to list all its mutants.
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

    /// @notice Adds an amount, and emits an event.
    function add(uint256 amount) external onlyOwner {
        if (closed) revert Closed();
        require(total + amount < MOST, TooMuch(amount));
        total += amount;
        emit Added(msg.sender, amount, total);
    }

    /// @notice Closes this contract, then adds to another.
    function close(Specimen next) external {
        closed = true;
        next.add(total);
    }

    /// @notice Makes any call.
    function forward(address target, bytes calldata data) external returns (bool done) {
        (done,) = target.call(data);
    }

    /// @notice Whether the amount fits and the contract is open.
    function open(uint256 amount) external view returns (bool) {
        return _fits(total, amount) && !closed;
    }

    function _fits(uint256 before, uint256 amount) private pure returns (bool) {
        return amount < MOST - before;
    }
}

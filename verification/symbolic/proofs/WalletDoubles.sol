// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {Mandate, MandateHead} from "../../../contracts/interfaces/IMandate.sol";
import {MandateEncoder} from "../../../contracts/mandate/MandateEncoder.sol";

/// @title AnyAnswer
/// @notice Answers every call as its symbolic storage says: with a revert, too few bytes, or any word. Records
/// the transfers and approvals that it receives.
contract AnyAnswer {
    uint256 private _mode;
    mapping(uint256 count => uint256) private _words;
    /// @notice What it answers as an allowance.
    uint256 public standing;
    /// @notice Number of transfers received, and the last one.
    uint256 public count;
    address public to;
    uint256 public amount;
    /// @notice The last approval received.
    address public spender;
    uint256 public approved;

    /// @notice Whether its answer isn't a boolean: a revert, too few bytes, or a word above one.
    function fails() external view returns (bool) {
        return _mode < 2 || _words[count] > 1;
    }

    /// @notice Whether it answers this word.
    function says(uint256 word) external view returns (bool) {
        return _mode >= 2 && _words[count] == word;
    }

    /// @notice Records the transfer; from here on it answers with another word.
    function transfer(address payee, uint256 sum) external returns (bool) {
        (count, to, amount) = (count + 1, payee, sum);
        _answer();
    }

    /// @notice Records the approval.
    function approve(address other, uint256 sum) external returns (bool) {
        (spender, approved) = (other, sum);
        _answer();
    }

    /// @notice Answers with another word than other calls.
    function allowance(address, address) external view returns (uint256) {
        return standing;
    }

    fallback() external {
        _answer();
    }

    function _answer() private view {
        (uint256 mode, uint256 word) = (_mode, _words[count]);
        assembly {
            if iszero(mode) { revert(0, 0) }
            mstore(0, word)
            if eq(mode, 1) { return(0, 31) }
            return(0, 32)
        }
    }
}

/// @title RecordingTarget
/// @notice Records how it was called, and what had been approved by then; may revert.
contract RecordingTarget {
    /// @notice Number of calls, the last one, and the approval at the time.
    struct Recorded {
        uint256 count;
        address caller;
        uint256 value;
        bytes32 dataHash;
        address spender;
        uint256 approved;
    }

    AnyAnswer private immutable _token;
    bool private _fails;
    Recorded private _recorded;

    constructor(AnyAnswer token) {
        _token = token;
    }

    /// @notice Returns the record; this call itself isn't recorded.
    function recorded() external view returns (Recorded memory) {
        return _recorded;
    }

    fallback() external payable {
        require(!_fails);
        _recorded = Recorded(_recorded.count + 1, msg.sender, msg.value, keccak256(msg.data), _token.spender(), _token.approved());
    }
}

/// @title ChangingToken
/// @notice Reports any balance, and another one after each call of the target.
contract ChangingToken {
    RecordingTarget private immutable _target;
    mapping(uint256 count => uint256) private _balances;

    constructor(RecordingTarget target) {
        _target = target;
    }

    /// @notice The balance of every account.
    function balanceOf(address) external view returns (uint256) {
        return balanceAfter(_target.recorded().count);
    }

    /// @notice The balance after so many calls of the target.
    function balanceAfter(uint256 count) public view returns (uint256) {
        return _balances[count];
    }
}

/// @title CallbackToken
/// @notice Calls the caller of `transfer` back with prepared calldata, and moves nothing.
contract CallbackToken {
    bytes private _data;
    /// @notice Whether that call succeeded.
    bool public done;

    /// @notice Sets the calldata.
    function prepare(bytes memory data) external {
        _data = data;
    }

    /// @notice Calls the caller back.
    function transfer(address, uint256) external returns (bool) {
        (done,) = msg.sender.call(_data);
        return true;
    }

    /// @notice A constant, as if nothing had moved.
    function balanceOf(address) external pure returns (uint256) {
        return 1;
    }
}

/// @title HonestToken
/// @notice A token that moves what it is asked to.
contract HonestToken {
    mapping(address account => uint256) public balanceOf;

    /// @notice Moves the caller's tokens.
    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}

/// @title SwitchRegistry
/// @notice Names the switch, which is all that a wallet's constructor reads.
contract SwitchRegistry {
    address public immutable SWITCH;

    constructor(address stop) {
        SWITCH = stop;
    }
}

/// @title RecordingRegistry
/// @notice Answers for every wallet as its symbolic storage says, and records the mandates that it is asked to
/// anchor.
contract RecordingRegistry {
    IAgentRegistry.AgentCheck private _link;
    /// @notice Number of mandates, agent of the last one, and the hash of the other arguments.
    uint256 public count;
    uint256 public agentId;
    bytes32 public argumentsHash;

    /// @notice Returns the link.
    function checkWallet(address) external view returns (IAgentRegistry.AgentCheck memory) {
        return _link;
    }

    /// @notice Records the call.
    function anchorMandate(uint256 id, MandateHead calldata head, bytes calldata principalSignature, bytes calldata agentSignature)
        external
    {
        (count, agentId) = (count + 1, id);
        argumentsHash = keccak256(abi.encode(head.principal, head.agentKey, principalSignature, agentSignature));
    }
}

/// @title UncheckedWriter
/// @notice Writes a mandate as the mandate writer does, without checking it.
contract UncheckedWriter {
    /// @notice Writes it.
    function write(Mandate calldata mandate, bytes32 hash) external returns (address pointer, uint16 length) {
        return MandateEncoder.write(mandate, hash);
    }
}

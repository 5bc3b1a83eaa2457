// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {Mandate, MandateHead} from "../../../contracts/interfaces/IMandate.sol";
import {MandateEncoder} from "../../../contracts/mandate/MandateEncoder.sol";

/// @title AnyAnswer
/// @notice Answers everything as its storage, which may be anything, says: not at all, too little, or with any word. It notes what it was
/// told to transfer and to approve.
contract AnyAnswer {
    uint256 private _verdict;
    mapping(uint256 count => uint256) private _words;
    /// @notice How many transfers it was told to make, and the last one.
    uint256 public count;
    address public to;
    uint256 public amount;
    /// @notice The last approval that it was told to give.
    address public spender;
    uint256 public approved;

    /// @notice Whether it answers what is no yes: nothing, too little, or a word that is no truth value.
    function fails() external view returns (bool) {
        return _verdict < 2 || _words[count] > 1;
    }

    /// @notice Whether it answers just this.
    function says(uint256 word) external view returns (bool) {
        return _verdict >= 2 && _words[count] == word;
    }

    /// @notice Notes it; from here on it answers with another word.
    function transfer(address payee, uint256 sum) external returns (bool) {
        (count, to, amount) = (count + 1, payee, sum);
        _answer();
    }

    /// @notice Notes it.
    function approve(address other, uint256 sum) external returns (bool) {
        (spender, approved) = (other, sum);
        _answer();
    }

    fallback() external {
        _answer();
    }

    function _answer() private view {
        (uint256 verdict, uint256 word) = (_verdict, _words[count]);
        assembly {
            if iszero(verdict) { revert(0, 0) }
            mstore(0, word)
            if eq(verdict, 1) { return(0, 31) }
            return(0, 32)
        }
    }
}

/// @title Called
/// @notice Notes how it was called, and what the token had been told to approve by then; and fails if it likes.
contract Called {
    /// @notice How many calls there were, what the last one was, and what had been approved to whom when it was made.
    struct Noted {
        uint256 count;
        address caller;
        uint256 value;
        bytes32 dataHash;
        address spender;
        uint256 approved;
    }

    AnyAnswer private immutable _token;
    bool private _fails;
    Noted private _noted;

    constructor(AnyAnswer token) {
        _token = token;
    }

    /// @notice Tells it; this alone isn't noted.
    function noted() external view returns (Noted memory) {
        return _noted;
    }

    fallback() external payable {
        require(!_fails);
        _noted = Noted(_noted.count + 1, msg.sender, msg.value, keccak256(msg.data), _token.spender(), _token.approved());
    }
}

/// @title CallingToken
/// @notice Calls the wallet back, with whatever it was given, when it is told to transfer; and moves nothing.
contract CallingToken {
    bytes private _data;
    /// @notice Whether that call succeeded.
    bool public done;

    /// @notice What it will call.
    function prepare(bytes memory data) external {
        _data = data;
    }

    /// @notice Calls who calls.
    function transfer(address, uint256) external returns (bool) {
        (done,) = msg.sender.call(_data);
        return true;
    }

    /// @notice As if it had never moved anything.
    function balanceOf(address) external pure returns (uint256) {
        return 1;
    }
}

/// @title FairToken
/// @notice Moves what it is told to, and says so.
contract FairToken {
    mapping(address account => uint256) public balanceOf;

    /// @notice Moves the caller's.
    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}

/// @title OneSwitchRegistry
/// @notice Names the switch: more a wallet doesn't ask when it is made.
contract OneSwitchRegistry {
    address public immutable SWITCH;

    constructor(address stop) {
        SWITCH = stop;
    }
}

/// @title NotingRegistry
/// @notice Says of every wallet what its storage says, which may be anything; and notes what it was told to anchor.
contract NotingRegistry {
    IAgentRegistry.AgentCheck private _link;
    /// @notice How many mandates it was told to anchor, and the last one: of which agent, and the hash of what else was given.
    uint256 public count;
    uint256 public agentId;
    bytes32 public given;

    /// @notice Tells it.
    function checkWallet(address) external view returns (IAgentRegistry.AgentCheck memory) {
        return _link;
    }

    /// @notice Notes it.
    function anchorMandate(uint256 id, MandateHead calldata head, bytes calldata principalSignature, bytes calldata agentSignature)
        external
    {
        (count, agentId) = (count + 1, id);
        given = keccak256(abi.encode(head.principal, head.agentKey, principalSignature, agentSignature));
    }
}

/// @title Mill
/// @notice Writes a mandate as the wallet's writer does, without looking at what it says.
contract Mill {
    /// @notice Writes it.
    function write(Mandate calldata mandate, bytes32 hash) external returns (address pointer, uint16 length) {
        return MandateEncoder.write(mandate, hash);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentWallet} from "../../contracts/AgentWallet.sol";
import {AgentWalletExtension} from "../../contracts/AgentWalletExtension.sol";
import {MandateKeeper} from "../../contracts/MandateKeeper.sol";
import {IAgentWallet} from "../../contracts/interfaces/IAgentWallet.sol";
import {Budget, CallRule, Mandate, Token, Window} from "../../contracts/interfaces/IMandate.sol";
import {MandateEncoder} from "../../contracts/libraries/MandateEncoder.sol";
import {Proof} from "./Proof.sol";

/// @notice More of what the prover answers at its two addresses.
interface IStage {
    /// @notice Writes a word of an account's storage.
    function store(address account, bytes32 slot, bytes32 word) external;

    /// @notice Reads a word of an account's storage.
    function load(address account, bytes32 slot) external view returns (bytes32);

    /// @notice Gives an account so much of the native currency (wei).
    function deal(address account, uint256 amount) external;

    /// @notice Puts code at an address.
    function etch(address account, bytes memory code) external;

    /// @notice What creates a contract, by `File.sol:Name`: as it was compiled for deployment.
    function getCode(string memory path) external view returns (bytes memory);
}

/// @notice Any value of a type.
interface IValues {
    /// @notice Any number of so many bits.
    function createUint(uint256 bits, string memory name) external returns (uint256);

    /// @notice Any account.
    function createAddress(string memory name) external returns (address);

    /// @notice Any bytes, so many.
    function createBytes(uint256 size, string memory name) external returns (bytes memory);
}

/// @title AnyAnswer
/// @notice Answers everything as its storage, which may be anything, says: not at all, too little, or with any word.
contract AnyAnswer {
    uint256 private _verdict;
    uint256 private _word;

    fallback() external {
        (uint256 verdict, uint256 word) = (_verdict, _word);
        assembly {
            if iszero(verdict) { revert(0, 0) }
            mstore(0, word)
            if eq(verdict, 1) { return(0, 31) }
            return(0, 32)
        }
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

/// @title Mill
/// @notice Writes a mandate as the wallet's writer does, without looking at what it says.
contract Mill {
    /// @notice Writes it.
    function write(Mandate calldata mandate, bytes32 hash) external returns (address pointer, uint16 length) {
        return MandateEncoder.write(mandate, hash);
    }
}

/// @title WalletBench
/// @notice A wallet in any state: the three parts of its code as they are deployed, but for the clone in front of them; every word of its
/// storage has any value, but where a proof puts something. The switch and the token answer anything.
///
/// A mandate in force has one budget of one token and one payee, with one window, one function that may be called, and requests. Who granted
/// it to whom, its times, hash and limits have all values.
abstract contract WalletBench is Proof {
    IStage internal constant STAGE = IStage(address(WORLD));
    IValues internal constant VALUES = IValues(address(SYMBOLS));
    address internal constant ENTRY_POINT = address(0x4337);
    address internal constant WRITER = address(0x3317e);

    /// @notice Where a wallet keeps what tells who decides (`tests/storage-layout.json`).
    uint256 internal constant PRINCIPAL = 2;
    uint256 internal constant PENDING_PRINCIPAL = 3;
    uint256 internal constant MANDATE = 5;

    AnyAnswer internal stop;
    AnyAnswer internal token;
    OneSwitchRegistry internal registry;
    address internal extension;
    address internal keeper;
    IAgentWallet internal wallet;

    function setUp() public virtual {
        (stop, token) = (new AnyAnswer(), new AnyAnswer());
        registry = new OneSwitchRegistry(address(stop));
        bytes memory suite = abi.encode(registry, ENTRY_POINT, WRITER);
        extension = _made("AgentWalletExtension.sol:AgentWalletExtension", suite);
        keeper = _made("MandateKeeper.sol:MandateKeeper", bytes.concat(suite, abi.encode(extension)));
        suite = bytes.concat(suite, abi.encode(extension, keeper));
        wallet = IAgentWallet(_made("AgentWallet.sol:AgentWallet", suite));
        SYMBOLS.enableSymbolicStorage(address(stop));
        SYMBOLS.enableSymbolicStorage(address(token));
        SYMBOLS.enableSymbolicStorage(address(wallet));
    }

    /// @dev Any call of this function, which has so many arguments of fixed length.
    function _any(bytes4 selector, uint256 count) internal returns (bytes memory) {
        return bytes.concat(selector, VALUES.createBytes(32 * count, "arguments"));
    }

    function _call(address caller, uint256 time, bytes memory data) internal returns (bool done) {
        WORLD.warp(time);
        WORLD.prank(caller);
        (done,) = address(wallet).call(data);
    }

    /// @dev Leaves out that an account is one of the contracts here, but for the token, which answers anything.
    function _outside(address account) internal view {
        address pointer = wallet.mandatePointer();
        bool inside = either(account == address(wallet), either(account == address(stop), account == address(registry)));
        inside = either(inside, either(account == extension, account == keeper));
        WORLD.assume(!either(inside, account == pointer));
    }

    /// @dev Puts a mandate in force.
    function _grant() internal {
        Mandate memory mandate;
        mandate.principal = VALUES.createAddress("principal");
        mandate.epoch = uint64(VALUES.createUint(64, "epoch"));
        mandate.agentKey = VALUES.createAddress("agentKey");
        mandate.validFrom = uint48(VALUES.createUint(48, "validFrom"));
        mandate.validUntil = uint48(VALUES.createUint(48, "validUntil"));
        mandate.budgets = new Budget[](1);
        Budget memory budget = mandate.budgets[0];
        (budget.currency, budget.decimals) = ("USD", 6);
        budget.paymentLimit = uint96(VALUES.createUint(96, "paymentLimit"));
        budget.lifetimeLimit = uint96(VALUES.createUint(96, "lifetimeLimit"));
        (budget.windows, budget.tokens, budget.payees) = (new Window[](1), new Token[](1), new address[](1));
        budget.windows[0] = Window(8 * 1024, uint96(VALUES.createUint(96, "windowLimit")));
        budget.tokens[0] = Token(address(token), 6);
        budget.payees[0] = VALUES.createAddress("payee");
        mandate.powers.maxRequests = uint8(VALUES.createUint(8, "maxRequests"));
        mandate.powers.maxRequestAge = uint32(VALUES.createUint(32, "maxRequestAge"));
        mandate.powers.calls = new CallRule[](1);
        mandate.powers.calls[0].target = VALUES.createAddress("target");
        mandate.powers.calls[0].selector = bytes4(uint32(VALUES.createUint(32, "selector")));
        mandate.powers.calls[0].pullLimit = type(uint96).max;
        (address pointer, uint16 length) = Mill(_made("WalletBench.sol:Mill", "")).write(mandate, bytes32(VALUES.createUint(256, "hash")));
        uint256 word = uint256(uint160(pointer)) | uint256(length) << 160 | 1 << 176 | uint256(1) << 224;
        STAGE.store(address(wallet), bytes32(MANDATE), bytes32(word));
        assert(wallet.mandatePointer() == pointer);
        _outside(mandate.agentKey);
    }

    function _made(string memory path, bytes memory arguments) private returns (address made) {
        bytes memory code = bytes.concat(STAGE.getCode(path), arguments);
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        assert(made != address(0));
    }
}

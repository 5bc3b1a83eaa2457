// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title MockUSDC
/// @notice A test double of USDC (FiatTokenV2_2), written from its behavior, not its code.
/// - Same: six decimals, the EIP-712 domain, EIP-2612, and EIP-3009 in both forms with contract signatures;
///   blacklist, pause, order of checks, revert reasons, and slot packing, so that gas is similar behind
///   MockUSDCProxy. An allowance always decreases, however large.
/// - Different: anyone mints; there are no minters, burning, owner, rescuer or change of roles.
/// @custom:kill The pauser pauses it; `mint`, `blacklist` and the views still work then. A test double, not for
/// deployment to a live chain.
contract MockUSDC is IERC20Metadata {
    /* EVENTS */

    /// @notice Emitted when an authorization is used.
    event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);
    /// @notice Emitted when an authorization is canceled.
    event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce);
    /// @notice Emitted when an account is blacklisted.
    event Blacklisted(address indexed account);
    /// @notice Emitted when an account is removed from the blacklist.
    event UnBlacklisted(address indexed account);
    /// @notice Emitted when tokens (base units) are minted.
    event Mint(address indexed minter, address indexed to, uint256 amount);
    /// @notice Emitted when the token is paused.
    event Pause();
    /// @notice Emitted when the token is unpaused.
    event Unpause();

    /* CONSTANTS */

    /// @notice EIP-712 type of a permit.
    bytes32 public constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    /// @notice EIP-712 type of a transfer that anyone may submit.
    bytes32 public constant TRANSFER_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    /// @notice EIP-712 type of a transfer that its payee submits.
    bytes32 public constant RECEIVE_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    /// @notice EIP-712 type of a cancellation.
    bytes32 public constant CANCEL_AUTHORIZATION_TYPEHASH =
        keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    uint256 private constant BLACKLISTED = 1 << 255;

    /// @notice Version of the EIP-712 domain.
    string public constant version = "2";
    /// @notice Currency of the token.
    string public constant currency = "USD";
    /// @inheritdoc IERC20Metadata
    uint8 public constant decimals = 6;

    /* STORAGE */

    /// @notice Pauser. Shares a slot with `paused`, as on the real token.
    address public pauser;
    /// @notice Whether the token is paused.
    bool public paused;
    /// @notice Blacklister. Shares a slot with the guard of `initialize`, which no payment reads.
    address public blacklister;
    bool private _initialized;
    /// @inheritdoc IERC20Metadata
    string public name;
    /// @inheritdoc IERC20Metadata
    string public symbol;
    /// @inheritdoc IERC20
    uint256 public totalSupply;
    /// @dev 1 bit blacklisted | 255 bits balance (base units)
    mapping(address account => uint256 word) private _accounts;
    /// @inheritdoc IERC20
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    /// @notice Nonce of an owner's next permit.
    mapping(address owner => uint256) public nonces;
    /// @notice Whether an authorization was used or canceled.
    mapping(address authorizer => mapping(bytes32 nonce => bool)) public authorizationState;

    /* SET-UP */

    /// @param newPauser Pauser of this instance; a proxy sets its own by `initialize`.
    /// @param newBlacklister Blacklister of this instance.
    constructor(address newPauser, address newBlacklister) {
        initialize("USD Coin", "USDC", newPauser, newBlacklister);
    }

    /// @notice Sets names and roles, once: in the constructor, and in the storage of each proxy.
    /// @param newName Name of the token and of its EIP-712 domain: "USD Coin" on most chains, "USDC" on some.
    function initialize(string memory newName, string memory newSymbol, address newPauser, address newBlacklister)
        public
    {
        require(!_initialized, "FiatToken: contract is already initialized");
        require(newPauser != address(0), "FiatToken: new pauser is the zero address");
        require(newBlacklister != address(0), "FiatToken: new blacklister is the zero address");
        _initialized = true;
        (name, symbol, pauser, blacklister) = (newName, newSymbol, newPauser, newBlacklister);
    }

    /* PAUSE */

    modifier whenNotPaused() {
        require(!paused, "Pausable: paused");
        _;
    }

    /// @notice Pauses transfers, approvals and authorizations.
    function pause() external {
        require(msg.sender == pauser, "Pausable: caller is not the pauser");
        paused = true;
        emit Pause();
    }

    /// @notice Ends the pause.
    function unpause() external {
        require(msg.sender == pauser, "Pausable: caller is not the pauser");
        paused = false;
        emit Unpause();
    }

    /* BLACKLIST */

    modifier notBlacklisted(address account) {
        require(!isBlacklisted(account), "Blacklistable: account is blacklisted");
        _;
    }

    /// @notice Forbids an account to send, to receive, and to use allowances. It may still approve.
    function blacklist(address account) external {
        require(msg.sender == blacklister, "Blacklistable: caller is not the blacklister");
        _accounts[account] |= BLACKLISTED;
        emit Blacklisted(account);
    }

    /// @notice Removes an account from the blacklist.
    function unBlacklist(address account) external {
        require(msg.sender == blacklister, "Blacklistable: caller is not the blacklister");
        _accounts[account] &= ~BLACKLISTED;
        emit UnBlacklisted(account);
    }

    /// @notice Whether an account is blacklisted.
    function isBlacklisted(address account) public view returns (bool) {
        return _accounts[account] & BLACKLISTED != 0;
    }

    /* TRANSFER */

    /// @inheritdoc IERC20
    function transfer(address to, uint256 value)
        external
        whenNotPaused
        notBlacklisted(msg.sender)
        notBlacklisted(to)
        returns (bool)
    {
        _transfer(msg.sender, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    function transferFrom(address from, address to, uint256 value)
        external
        whenNotPaused
        notBlacklisted(msg.sender)
        notBlacklisted(from)
        notBlacklisted(to)
        returns (bool)
    {
        uint256 allowed = allowance[from][msg.sender];
        require(value <= allowed, "ERC20: transfer amount exceeds allowance");
        _transfer(from, to, value);
        allowance[from][msg.sender] = allowed - value;
        return true;
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) public view returns (uint256) {
        return _accounts[account] & ~BLACKLISTED;
    }

    function _transfer(address from, address to, uint256 value) private {
        require(from != address(0), "ERC20: transfer from the zero address");
        require(to != address(0), "ERC20: transfer to the zero address");
        uint256 balance = balanceOf(from);
        require(value <= balance, "ERC20: transfer amount exceeds balance");
        _setBalance(from, balance - value);
        // Read after the write above, because payer and payee may be the same.
        _setBalance(to, balanceOf(to) + value);
        emit Transfer(from, to, value);
    }

    function _setBalance(address account, uint256 balance) private {
        require(balance < BLACKLISTED, "FiatTokenV2_2: Balance exceeds (2^255 - 1)");
        require(!isBlacklisted(account), "FiatTokenV2_2: Account is blacklisted");
        _accounts[account] = balance;
    }

    /* MINT */

    /// @notice Mints tokens (base units). Caller: anyone, even while the token is paused.
    function mint(address to, uint256 amount) external notBlacklisted(to) returns (bool) {
        require(to != address(0), "FiatToken: mint to the zero address");
        totalSupply += amount;
        _setBalance(to, balanceOf(to) + amount);
        emit Mint(msg.sender, to, amount);
        emit Transfer(address(0), to, amount);
        return true;
    }

    /* ALLOWANCE */

    /// @inheritdoc IERC20
    function approve(address spender, uint256 value) external whenNotPaused returns (bool) {
        _approve(msg.sender, spender, value);
        return true;
    }

    /// @notice Increases the allowance (base units) of a spender of the caller's tokens.
    function increaseAllowance(address spender, uint256 increment) external whenNotPaused returns (bool) {
        _approve(msg.sender, spender, allowance[msg.sender][spender] + increment);
        return true;
    }

    /// @notice Decreases the allowance (base units) of a spender of the caller's tokens.
    function decreaseAllowance(address spender, uint256 decrement) external whenNotPaused returns (bool) {
        uint256 allowed = allowance[msg.sender][spender];
        require(decrement <= allowed, "ERC20: decreased allowance below zero");
        _approve(msg.sender, spender, allowed - decrement);
        return true;
    }

    function _approve(address owner, address spender, uint256 value) private {
        require(owner != address(0), "ERC20: approve from the zero address");
        require(spender != address(0), "ERC20: approve to the zero address");
        allowance[owner][spender] = value;
        emit Approval(owner, spender, value);
    }

    /* EIP-2612: PERMIT */

    /// @notice Sets an allowance (base units) by the owner's signature as v, r and s.
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        permit(owner, spender, value, deadline, abi.encodePacked(r, s, v));
    }

    /// @notice Sets an allowance (base units) by the owner's signature.
    /// @param deadline Last second of the signature (unix seconds, inclusive).
    /// @param signature ECDSA of 65 bytes (r, s, v), or what a contract owner accepts (ERC-1271).
    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes memory signature)
        public
        whenNotPaused
    {
        require(deadline >= block.timestamp, "FiatTokenV2: permit is expired");
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, nonces[owner]++, deadline));
        require(_isSigned(owner, structHash, signature), "EIP2612: invalid signature");
        _approve(owner, spender, value);
    }

    /* EIP-3009: AUTHORIZATIONS */

    /// @notice Makes a transfer that the payer has signed, with the signature as v, r and s.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        transferWithAuthorization(from, to, value, validAfter, validBefore, nonce, abi.encodePacked(r, s, v));
    }

    /// @notice Makes a transfer (base units) that the payer has signed; anyone submits it.
    /// @param validAfter Start (unix seconds, exclusive).
    /// @param validBefore End (unix seconds, exclusive).
    /// @param nonce Any number that the payer hasn't used.
    /// @param signature ECDSA of 65 bytes (r, s, v), or what a contract payer accepts (ERC-1271).
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes memory signature
    ) public whenNotPaused notBlacklisted(from) notBlacklisted(to) {
        bytes32 structHash = keccak256(
            abi.encode(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce)
        );
        _useAuthorization(from, validAfter, validBefore, nonce, structHash, signature);
        _transfer(from, to, value);
    }

    /// @notice Makes a transfer that the payer has signed and the payee submits, with the signature as v, r and s.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        receiveWithAuthorization(from, to, value, validAfter, validBefore, nonce, abi.encodePacked(r, s, v));
    }

    /// @notice Makes a transfer (base units) that the payer has signed; only the payee submits it.
    /// @param validAfter Start (unix seconds, exclusive).
    /// @param validBefore End (unix seconds, exclusive).
    /// @param nonce Any number that the payer hasn't used.
    /// @param signature ECDSA of 65 bytes (r, s, v), or what a contract payer accepts (ERC-1271).
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes memory signature
    ) public whenNotPaused notBlacklisted(from) notBlacklisted(to) {
        require(to == msg.sender, "FiatTokenV2: caller must be the payee");
        bytes32 structHash = keccak256(
            abi.encode(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce)
        );
        _useAuthorization(from, validAfter, validBefore, nonce, structHash, signature);
        _transfer(from, to, value);
    }

    /// @notice Cancels an authorization, by the authorizer's signature as v, r and s.
    function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) external {
        cancelAuthorization(authorizer, nonce, abi.encodePacked(r, s, v));
    }

    /// @notice Cancels an authorization, by the authorizer's signature.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes memory signature) public whenNotPaused {
        require(!authorizationState[authorizer][nonce], "FiatTokenV2: authorization is used or canceled");
        bytes32 structHash = keccak256(abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce));
        require(_isSigned(authorizer, structHash, signature), "FiatTokenV2: invalid signature");
        authorizationState[authorizer][nonce] = true;
        emit AuthorizationCanceled(authorizer, nonce);
    }

    function _useAuthorization(
        address authorizer,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes32 structHash,
        bytes memory signature
    ) private {
        require(block.timestamp > validAfter, "FiatTokenV2: authorization is not yet valid");
        require(block.timestamp < validBefore, "FiatTokenV2: authorization is expired");
        require(!authorizationState[authorizer][nonce], "FiatTokenV2: authorization is used or canceled");
        require(_isSigned(authorizer, structHash, signature), "FiatTokenV2: invalid signature");
        authorizationState[authorizer][nonce] = true;
        emit AuthorizationUsed(authorizer, nonce);
    }

    /* EIP-712 */

    /// @notice The EIP-712 domain separator. Never cached: name and chain may change.
    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH, keccak256(bytes(name)), keccak256(bytes(version)), block.chainid, address(this)
            )
        );
    }

    function _isSigned(address signer, bytes32 structHash, bytes memory signature) private view returns (bool) {
        bytes32 digest = MessageHashUtils.toTypedDataHash(DOMAIN_SEPARATOR(), structHash);
        // Like the real token, asks any signer that has code, and requires the magic value with zeros behind
        // it.
        if (signer.code.length > 0) return SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        require(failure != ECDSA.RecoverError.InvalidSignatureLength, "ECRecover: invalid signature length");
        require(failure != ECDSA.RecoverError.InvalidSignatureS, "ECRecover: invalid signature 's' value");
        // The real token has a reason of its own for a bad v; here every failed recovery has the same.
        require(failure == ECDSA.RecoverError.NoError, "ECRecover: invalid signature");
        return recovered == signer;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ArmedCaller} from "./ArmedCaller.sol";
import {MockStablecoin} from "./MockStablecoin.sol";

/// @notice Base of adversarial tokens: a token of six decimals that misbehaves in one way, from the start or
/// when switched. Anyone mints and switches it; switched off, it is MockStablecoin.
abstract contract HostileToken is MockStablecoin {
    /// @notice Whether the token misbehaves now: a token may change after it was listed.
    bool public hostile = true;

    constructor(string memory tokenName, string memory tokenSymbol) MockStablecoin(tokenName, tokenSymbol, 6) {}

    /// @notice Sets whether the token misbehaves.
    function setHostile(bool newHostile) external {
        hostile = newHostile;
    }

    /// @dev Whether the token misbehaves in this transfer; minting is always honest.
    function _lies(address from, address to) internal view returns (bool) {
        return hostile && from != address(0) && to != address(0);
    }
}

/// @title FeeOnTransferToken
/// @notice The payee receives less than the amount; the token keeps the rest.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract FeeOnTransferToken is HostileToken("Fee On Transfer", "FEE") {
    /// @notice The fee (hundredths of a percent of the amount).
    uint256 public feeBasisPoints = 100;

    /// @notice Sets the fee (hundredths of a percent, at most 10,000).
    function setFee(uint256 newFeeBasisPoints) external {
        feeBasisPoints = newFeeBasisPoints;
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = _lies(from, to) ? (value * feeBasisPoints) / 10_000 : 0;
        super._update(from, to, value - fee);
        if (fee > 0) super._update(from, address(this), fee);
    }
}

/// @title ExtraFeeToken
/// @notice The payee receives the amount; the payer loses more, beyond its allowance.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract ExtraFeeToken is HostileToken("Extra Fee", "EXTRA") {
    /// @notice What the payer loses beyond the amount (hundredths of a percent of it).
    uint256 public feeBasisPoints = 100;

    /// @notice Sets the fee (hundredths of a percent).
    function setFee(uint256 newFeeBasisPoints) external {
        feeBasisPoints = newFeeBasisPoints;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_lies(from, to)) super._update(from, address(this), (value * feeBasisPoints) / 10_000);
    }
}

/// @title ReturnsFalseToken
/// @notice Neither transfers nor approves anything, and returns false instead of reverting.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract ReturnsFalseToken is HostileToken("Returns False", "FALSE") {
    /// @inheritdoc IERC20
    function transfer(address to, uint256 value) public override(ERC20) returns (bool) {
        return hostile ? false : super.transfer(to, value);
    }

    /// @inheritdoc IERC20
    function transferFrom(address from, address to, uint256 value) public override(ERC20) returns (bool) {
        return hostile ? false : super.transferFrom(from, to, value);
    }

    /// @inheritdoc IERC20
    function approve(address spender, uint256 value) public override(ERC20) returns (bool) {
        return hostile ? false : super.approve(spender, value);
    }
}

/// @title MovesNothingToken
/// @notice Returns true, emits the event, and transfers nothing.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MovesNothingToken is HostileToken("Moves Nothing", "VOID") {
    function _update(address from, address to, uint256 value) internal override {
        if (_lies(from, to)) emit Transfer(from, to, value);
        else super._update(from, to, value);
    }
}

/// @title RevertingToken
/// @notice Reverts on transfers and approvals; if set, also on `balanceOf`.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract RevertingToken is HostileToken("Reverting", "REVERT") {
    /// @notice Thrown on transfers and approvals (base units).
    error TokenRefused(address from, address to, uint256 value);
    /// @notice Thrown on `balanceOf`.
    error BalanceRefused(address account);

    /// @notice Whether `balanceOf` reverts, too.
    bool public refusesBalance;

    /// @notice Sets whether `balanceOf` reverts.
    function setRefusesBalance(bool newRefusesBalance) external {
        refusesBalance = newRefusesBalance;
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) public view override(ERC20) returns (uint256) {
        require(!refusesBalance, BalanceRefused(account));
        return super.balanceOf(account);
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!_lies(from, to), TokenRefused(from, to, value));
        super._update(from, to, value);
    }

    function _approve(address owner, address spender, uint256 value, bool emitEvent) internal override {
        require(!hostile, TokenRefused(owner, spender, value));
        super._approve(owner, spender, value, emitEvent);
    }
}

/// @title ReturnBombToken
/// @notice Reverts a transfer with so much data that a caller that copies it runs out of gas.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract ReturnBombToken is HostileToken("Return Bomb", "BOMB") {
    /// @notice Thrown on transfers; all zeros.
    error Bomb(bytes payload);

    /// @notice Length of the data (bytes).
    uint256 public bombSize = 100_000;

    /// @notice Sets the length of the data (bytes).
    function setBombSize(uint256 newBombSize) external {
        bombSize = newBombSize;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!_lies(from, to), Bomb(new bytes(bombSize)));
        super._update(from, to, value);
    }
}

/// @title ReentrantToken
/// @notice Makes the call that was set with `arm`, before or after balances or allowances change.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract ReentrantToken is ArmedCaller, HostileToken("Reentrant", "AGAIN") {
    /// @notice When the call is made.
    enum Moment {
        Before,
        After,
        BeforeAndAfter
    }

    /// @notice When the call is made.
    Moment public moment;

    /// @notice Sets when the call is made.
    function setMoment(Moment newMoment) external {
        moment = newMoment;
    }

    function _update(address from, address to, uint256 value) internal override {
        bool calls = _lies(from, to);
        if (calls && moment != Moment.After) _callBack();
        super._update(from, to, value);
        if (calls && moment != Moment.Before) _callBack();
    }

    function _approve(address owner, address spender, uint256 value, bool emitEvent) internal override {
        // Without the event it is `transferFrom` that reduces the allowance; the transfer itself calls back.
        bool calls = hostile && emitEvent;
        if (calls && moment != Moment.After) _callBack();
        super._approve(owner, spender, value, emitEvent);
        if (calls && moment != Moment.Before) _callBack();
    }
}

/// @title NoZeroApprovalToken
/// @notice Refuses to set an allowance to zero, as some tokens do: an allowance can't be revoked.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract NoZeroApprovalToken is HostileToken("No Zero Approval", "NOZERO") {
    /// @notice Thrown when an allowance is set to zero.
    error ZeroApprovalRefused(address owner, address spender);

    function _approve(address owner, address spender, uint256 value, bool emitEvent) internal override {
        // Without the event it is `transferFrom` that reduces the allowance.
        require(!hostile || value != 0 || !emitEvent, ZeroApprovalRefused(owner, spender));
        super._approve(owner, spender, value, emitEvent);
    }
}

/// @title LyingDecimalsToken
/// @notice Reports any number of decimals, changeable at any time, or reverts.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract LyingDecimalsToken is MockStablecoin("Lying Decimals", "LYING", 6) {
    /// @notice Thrown by `decimals` if it is set to revert.
    error DecimalsRefused();

    /// @notice Whether `decimals` reverts.
    bool public refusesDecimals;
    uint8 private _said = 6;

    /// @notice Sets the reported number of decimals.
    function setDecimals(uint8 newDecimals) external {
        _said = newDecimals;
    }

    /// @notice Sets whether `decimals` reverts.
    function setRefusesDecimals(bool newRefusesDecimals) external {
        refusesDecimals = newRefusesDecimals;
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        require(!refusesDecimals, DecimalsRefused());
        return _said;
    }
}

/// @title RebasingToken
/// @notice Balances change without a transfer. It stores shares: a balance is shares times `index`, rounded
/// down. So a transfer may move one base unit less than its amount, as with stETH.
/// @dev Amounts in ERC20's own errors and in Transfer events are shares.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract RebasingToken is MockStablecoin("Rebasing", "REBASE", 6) {
    uint256 private constant ONE = 1e18;

    /// @notice Emitted when all balances are multiplied (base units per share, times 10^18).
    event Rebased(uint256 index);

    /// @notice Base units per share, times 10^18.
    uint256 public index = ONE;

    /// @notice Multiplies all balances. 10^18 is the initial value; more is a gain for everybody, less a loss.
    function setIndex(uint256 newIndex) external {
        index = newIndex;
        emit Rebased(newIndex);
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) public view override(ERC20) returns (uint256) {
        return (super.balanceOf(account) * index) / ONE;
    }

    /// @inheritdoc IERC20
    function totalSupply() public view override(ERC20) returns (uint256) {
        return (super.totalSupply() * index) / ONE;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, (value * ONE) / index);
    }
}

/// @title ShortReturnToken
/// @notice Transfers correctly, but returns any bytes that are set: too few, far too many, or no boolean.
/// @dev The fallback answers `transfer`, `transferFrom` and `approve`, because only a fallback can return data
/// of any length. They aren't in the ABI: call them through IERC20.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract ShortReturnToken {
    /// @notice Thrown when a function is called that the token doesn't have.
    error UnknownFunction(bytes4 selector);

    /// @notice Emitted when tokens (base units) move.
    event Transfer(address indexed from, address indexed to, uint256 value);

    /// @notice Name of the token.
    string public constant name = "Short Return";
    /// @notice Symbol of the token.
    string public constant symbol = "SHORT";
    /// @notice Decimals of the token.
    uint8 public constant decimals = 6;

    /// @notice What it returns; initially one byte.
    bytes public answer = hex"01";
    /// @notice How many zero bytes follow: a caller that copies the return data pays for them.
    uint256 public flood;
    /// @notice Total supply (base units).
    uint256 public totalSupply;
    /// @notice Balances (base units).
    mapping(address account => uint256) public balanceOf;
    /// @notice Allowances (base units).
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    /// @notice Answers `transfer`, `transferFrom` and `approve`, and reverts for any other function.
    fallback(bytes calldata input) external returns (bytes memory) {
        if (msg.sig == IERC20.transfer.selector) {
            (address to, uint256 value) = abi.decode(input[4:], (address, uint256));
            _transfer(msg.sender, to, value);
        } else if (msg.sig == IERC20.transferFrom.selector) {
            (address from, address to, uint256 value) = abi.decode(input[4:], (address, address, uint256));
            allowance[from][msg.sender] -= value;
            _transfer(from, to, value);
        } else {
            require(msg.sig == IERC20.approve.selector, UnknownFunction(msg.sig));
            (address spender, uint256 value) = abi.decode(input[4:], (address, uint256));
            allowance[msg.sender][spender] = value;
        }
        return bytes.concat(answer, new bytes(flood));
    }

    /// @notice Sets what it returns.
    function setAnswer(bytes calldata newAnswer) external {
        answer = newAnswer;
    }

    /// @notice Sets how many zero bytes follow.
    function setFlood(uint256 newFlood) external {
        flood = newFlood;
    }

    /// @notice Mints tokens (base units). Caller: anyone.
    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function _transfer(address from, address to, uint256 value) private {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

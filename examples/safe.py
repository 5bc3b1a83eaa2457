"""A Safe answers for an agent: one owner wants to stop it, and it stops when a second owner has signed."""

from datetime import timedelta
from tempfile import TemporaryDirectory

from peculium import Agent, Budget, ContractError, Mandate, Principal, Token, Window
from peculium.accounts import Safe
from peculium.devnet import Devnet
from peculium.devnet.safe import deploy_safe
from peculium.errors import SignaturesMissing

devnet = Devnet.open()
owners, key, supplier = [devnet.new_account() for _ in range(3)], devnet.new_account(), devnet.role("supplier").address
address = deploy_safe(devnet, [owner.address for owner in owners], threshold=2)

budget = Budget("USD", 100, 10_000, [Window(timedelta(days=1), 500)], [Token(devnet.usdc.address, 6)], [supplier])
mandate = Mandate(address, key.address, devnet.now(), devnet.now() + 30 * 86_400, [budget])

with TemporaryDirectory() as folder:  # where the owners' signatures are collected
    both = Principal(Safe(address, devnet.url, owners=owners[:2], folder=folder), devnet.url)
    wallet = both.create_agent(mandate, key, uri="https://agents.example/1.json", statement="We answer for it.").wallet
    devnet.mint(devnet.usdc, wallet, 1_000)
    agent = Agent(wallet, key, devnet.url)
    agent.pay("USDC", supplier, 10)
    print("left in these 24 hours:", agent.wallet.remaining("USD").window)

    one = Principal(Safe(address, devnet.url, owners=owners[:1], folder=folder), devnet.url)
    try:
        one.revoke(wallet)
    except SignaturesMissing as waiting:  # on another machine, the second owner signs the file
        print("signatures:", waiting.as_dict()["have"], "of", waiting.as_dict()["need"])
        Safe(address, devnet.url, folder=folder).sign_file(waiting.file, owners[1])
    one.revoke(wallet)
try:
    agent.pay("USDC", supplier, 10)
except ContractError as refusal:
    print("refused:", refusal.as_dict()["code"])

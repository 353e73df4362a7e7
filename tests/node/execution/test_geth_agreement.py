"""geth executes the embedded engine's blocks and reaches the same hashes, states and proofs."""

import json
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.genesis_file import dump_genesis
from ledger.chain.header import Header
from ledger.chain.transaction import decode_transaction, sign_transaction
from ledger.ports import AccountProof, Block
from ledger.primitives import ZERO_HASH, Address, Hash32, to_hex
from ledger.proofs.storage import verify_proof
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.pyevm.transactions import contract_address
from node.store.memory import MemoryStore
from tests.engines import geth_binary
from tests.node.execution.compilation import set_slow_entries
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis
from tests.node.execution.random_contracts import KEYS, PEOPLE, RICH, ContractMaker

pytestmark = pytest.mark.engine
SECRET = b"\x5a" * 32


class Geth:
    """A geth process that is driven over its unix socket, which needs no token."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0

    def call(self, method: str, *parameters):
        self.number += 1
        request = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": parameters}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.path))
            connection.sendall(json.dumps(request).encode())
            data = b""
            while True:
                data += connection.recv(1 << 20)
                try:
                    answer = json.loads(data)
                    break
                except ValueError:
                    continue
        assert "error" not in answer, answer["error"]
        return answer["result"]


def start(binary: Path, folder: Path, genesis: str) -> subprocess.Popen:
    (folder / "genesis.json").write_text(genesis)
    (folder / "secret").write_text(SECRET.hex())
    data = ["--datadir", str(folder / "data"), "--state.scheme", "hash"]
    subprocess.run([binary, *data, "init", str(folder / "genesis.json")], check=True, capture_output=True)
    flags = ["--gcmode", "archive", "--syncmode", "full", "--nodiscover", "--maxpeers", "0", "--port", "0"]
    flags += ["--authrpc.port", "0", "--authrpc.jwtsecret", str(folder / "secret"), "--ipcpath", str(folder / "ipc")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen([binary, *data, *flags], stdout=log, stderr=log)


@pytest.fixture(autouse=True)
def _compiled_from_first_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    set_slow_entries(monkeypatch, 0)


@pytest.fixture
def geth(tmp_path: Path) -> Iterator[Geth]:
    binary = geth_binary()
    process = start(binary, tmp_path, dump_genesis(make_genesis(RICH)))
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "ipc").exists():
            assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield Geth(tmp_path / "ipc")
    finally:
        process.terminate()
        process.wait(timeout=30)


def payload(block: Block) -> dict:
    header = block.header
    return {
        "parentHash": to_hex(header.parent_hash),
        "feeRecipient": to_hex(header.fee_recipient),
        "stateRoot": to_hex(header.state_root),
        "receiptsRoot": to_hex(header.receipts_root),
        "logsBloom": to_hex(header.logs_bloom),
        "prevRandao": to_hex(header.prev_randao),
        "blockNumber": hex(header.number),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "extraData": to_hex(header.extra_data),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "blockHash": to_hex(header.hash),
        "transactions": [to_hex(raw) for raw in block.transactions],
        "withdrawals": [],
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
    }


def proof_of(answer: dict) -> AccountProof:
    def number(text: str) -> int:
        return int(text, 16)

    def data(text: str) -> bytes:
        return bytes.fromhex(text[2:])

    return AccountProof(
        Address(data(answer["address"])),
        number(answer["nonce"]),
        number(answer["balance"]),
        Hash32(data(answer["storageHash"])),
        Hash32(data(answer["codeHash"])),
        tuple(data(node) for node in answer["accountProof"]),
        tuple(
            (number(entry["key"]), number(entry["value"]), tuple(data(node) for node in entry["proof"]))
            for entry in answer["storageProof"]
        ),
    )


def check_block(geth: Geth, engine: PyEvmEngine, block: Block, addresses: list[Address]) -> None:
    """geth takes the block, and proves the same of the state after it, node for node."""
    header: Header = block.header
    status = geth.call("engine_newPayloadV3", payload(block), [], to_hex(header.parent_beacon_block_root))
    assert status["status"] == "VALID", status
    head = dict.fromkeys(("headBlockHash", "safeBlockHash", "finalizedBlockHash"), to_hex(header.hash))
    assert geth.call("engine_forkchoiceUpdatedV3", head, None)["payloadStatus"]["status"] == "VALID"
    for address in addresses:
        slots = [0, 1, 2, 77]
        answer = geth.call("eth_getProof", to_hex(address), [hex(slot) for slot in slots], hex(header.number))
        theirs, ours = proof_of(answer), engine.state().proof(address, slots)
        verify_proof(theirs, header.state_root)
        if theirs.code_hash != ZERO_HASH:
            assert ours == theirs
        else:
            # geth states zeros for an account that is not there, where EIP-1186 has the empty hashes.
            assert (ours.nonce, ours.balance, ours.account_proof) == (0, 0, theirs.account_proof)


def test_geth__random_blocks__same_hashes_and_proofs(geth: Geth) -> None:
    rng = random.Random(11)
    maker = ContractMaker(rng)
    engine = PyEvmEngine(MemoryStore(), make_genesis(RICH))
    assert geth.call("eth_getBlockByNumber", "0x0", False)["hash"] == to_hex(engine.head().hash)
    count = 0
    for _ in range(15):
        nonces = [engine.state().nonce(address) for address in PEOPLE]
        raws = []
        for _ in range(rng.randrange(1, 14)):
            sender = rng.randrange(len(KEYS))
            raws.append(maker.transaction(sender, nonces[sender]))
            nonces[sender] += 1
        executed = engine.build(raws, attributes_after(engine.head(), 3, rng.choice(PEOPLE)))
        engine.make_head(executed)
        count += len(executed.receipts)
        for raw, receipt in zip(executed.block.transactions, executed.receipts, strict=True):
            transaction = decode_transaction(raw, CHAIN_ID)
            if transaction.to is None and receipt.success:
                maker.known.append(contract_address(transaction.sender, transaction.nonce))
        places = [*map(Address, maker.known[-3:]), PEOPLE[0], Address(rng.randbytes(20))]
        check_block(geth, engine, executed.block, places)
    assert count > 60


def test_geth__power_of_zero__same_state(geth: Geth) -> None:
    """Where py-evm itself would differ: MODEXP of an empty base and a zero exponent."""
    engine = PyEvmEngine(MemoryStore(), make_genesis(RICH))
    # Calls MODEXP with sizes 0, 0, 1 and modulus 2, and stores what it returns.
    code = bytes.fromhex("6001604052" + "6002606053" + "6020608060615f5f60055af150" + "6080515f5500")
    raw = sign_transaction(KEYS[0], chain_id=CHAIN_ID, nonce=0, to=None, data=code, gas_limit=200_000)
    executed = engine.build([raw], attributes_after(engine.head()))
    engine.make_head(executed)
    created = contract_address(PEOPLE[0], 0)
    assert engine.state().storage(created, 0) == 1 << 248
    check_block(geth, engine, executed.block, [created])

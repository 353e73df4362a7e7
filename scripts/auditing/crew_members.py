"""Processes of a crew, with py-evm: one makes the states, the others execute single blocks from them."""

import gc
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path

from ledger.bundle.parts import iterate_transactions
from ledger.chain.header import decode_header
from ledger.ports import Block
from ledger.primitives import Height
from node.execution.audit.stock import StockExecutor
from node.execution.audit.witness import StateWitness, open_states
from scripts.auditing.workers import execute_block, opened_bundle, telling


def make_states(path: str, folder: str, sender: Connection) -> None:
    """A process that makes the states after all blocks quickly, for `work_on_blocks`, and tells how far it is."""
    with telling(sender), opened_bundle(Path(path)) as (bundle, facts, genesis), ExitStack() as stack:
        witness = StateWitness(genesis, Path(folder))
        stack.callback(witness.close)
        for stored in iterate_transactions(bundle, facts.last):
            if stored.height and not witness.follow(Block(decode_header(stored.header), stored.transactions)):
                return
            sender.send(stored.height)


def work_on_blocks(path: str, folder: str, connection: Connection) -> None:
    """A process that executes those blocks that it is told, each from the state that the header before it names.

    Heights come in ascending order, each when `make_states` has made the state before it.
    """
    with telling(connection), opened_bundle(Path(path)) as (bundle, facts, genesis), ExitStack() as stack:
        height: Height | None = connection.recv()
        if height is None:
            return
        states = stack.enter_context(open_states(Path(folder)))
        running = StockExecutor(genesis, states)
        stack.callback(running.close)
        # What was made until here lives as long as the process.
        gc.freeze()
        for stored in iterate_transactions(bundle, facts.last):
            if stored.height == height:
                connection.send(execute_block(running, stored))
                height = connection.recv()
                if height is None:
                    return
            elif stored.height:
                running.skip(decode_header(stored.header))

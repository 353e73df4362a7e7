"""The application that CometBFT drives: one answer to each request of ABCI 2.0, without sockets."""

import logging
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import lru_cache

from ledger.errors import LedgerError
from ledger.ports import ChainReader, ExecutionEngine
from node.consensus.comet import abci_pb2 as abci
from node.consensus.comet.check_tx import TransactionChecks
from node.consensus.comet.decided import Decisions
from node.consensus.comet.genesis import APP_VERSION, validate_genesis
from node.consensus.comet.pacing import Clocks
from node.consensus.comet.proposal import Proposals
from node.consensus.comet.punishment import Misbehaviour
from node.consensus.comet.query import Queries
from node.consensus.comet.validators import AnyPeer, PeerSource, Powers, ValidatorSource, key_address
from node.mempool import Mempool

NAME = "ortaq"
CODESPACE = "ortaq"
REFUSED = 1
MANY = 4
"""Checks that come together from which on their senders are looked up together."""

log = logging.getLogger(__name__)


class Lane(Enum):
    """Requests of one lane are answered one after another; the lanes do not wait for each other."""

    CONSENSUS = "consensus"
    MEMPOOL = "mempool"
    QUERY = "query"


LANES = {
    "init_chain": Lane.CONSENSUS,
    "prepare_proposal": Lane.CONSENSUS,
    "process_proposal": Lane.CONSENSUS,
    "finalize_block": Lane.CONSENSUS,
    "commit": Lane.CONSENSUS,
    "check_tx": Lane.MEMPOOL,
}


class Application:
    """Answers requests. Consensus requests come from one thread at a time, the others from any.

    Shape   `on_decided` is told each consensus height as soon as its block is finalised: the block before it can be
            sealed then.
    """

    def __init__(
        self,
        engine: ExecutionEngine,
        chain: ChainReader,
        chain_id: int,
        source: ValidatorSource,
        *,
        peers: PeerSource | None = None,
        mempool: Mempool | None = None,
        clocks: Clocks | None = None,
        on_decided: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._chain_id = chain_id
        self.checks = TransactionChecks(engine, chain_id, Mempool() if mempool is None else mempool)
        self._proposals = Proposals(engine, chain_id, self.checks, clocks)
        self._decisions = Decisions(engine, chain, self._proposals, self.checks, source)
        self._queries = Queries(engine, peers or AnyPeer())
        self._on_decided = on_decided
        self._is_busy = False

    @property
    def is_busy(self) -> bool:
        """Whether a consensus request is being answered, which CometBFT waits for."""
        return self._is_busy

    @property
    def consensus_height(self) -> int:
        return self._decisions.consensus_height

    def foresee(self, raws: Sequence[bytes]) -> None:
        """Checks of these came together and are answered next: have their senders looked up together."""
        doubtful = self.checks.doubtful(raws) if len(raws) >= MANY else ()
        if len(doubtful) >= MANY:
            self.checks.foresee(doubtful)

    def handle(self, request: abci.Request) -> abci.Response:
        """Answer any request but Flush. Errors: LedgerError where the node must not go on.

        An answer may be shared with others: leave it as it is.
        """
        kind = request.WhichOneof("value")
        if kind is None:
            return abci.Response(exception=abci.ResponseException(error="request: unknown, expected ABCI of v0.38"))
        if kind == "check_tx":
            return self._check(request.check_tx.tx)
        response = abci.Response()
        answer = getattr(self, f"_{kind}")
        if LANES.get(kind) is not Lane.CONSENSUS:
            answer(getattr(request, kind), response)
            return response
        self._is_busy = True
        try:
            answer(getattr(request, kind), response)
        finally:
            self._is_busy = False
        return response

    def _echo(self, request: abci.RequestEcho, response: abci.Response) -> None:
        response.echo.message = request.message

    def _info(self, _: abci.RequestInfo, response: abci.Response) -> None:
        info = response.info
        info.data, info.version, info.app_version = NAME, str(APP_VERSION), APP_VERSION
        info.last_block_height = self._decisions.consensus_height
        if info.last_block_height:
            info.last_block_app_hash = self._engine.head().hash

    def _init_chain(self, request: abci.RequestInitChain, response: abci.Response) -> None:
        head = self._engine.head()
        block = request.consensus_params.block
        found = {
            "chain_id": request.chain_id,
            "initial_height": request.initial_height,
            "max_bytes": block.max_bytes,
            "max_gas": block.max_gas,
            "app_state": request.app_state_bytes,
        }
        given = {update.pub_key.ed25519: update.power for update in request.validators}
        validate_genesis(self._chain_id, head, self._decisions.begin(), found, given)
        response.init_chain.app_hash = head.hash

    def _query(self, request: abci.RequestQuery, response: abci.Response) -> None:
        answer = self._queries.answer(request.path)
        response.query.code, response.query.log = answer.code, answer.log

    def _check(self, raw: bytes) -> abci.Response:
        try:
            checked = self.checks.check(raw)
        except LedgerError as error:
            # Anybody may send a transaction; none may stop the node.
            log.exception("a transaction could not be checked")
            return _checked(0, f"not checked: {error.detail}")
        return _checked(checked.gas, checked.reason)

    def _prepare_proposal(self, request: abci.RequestPrepareProposal, response: abci.Response) -> None:
        wrong = self._double_signers(request.misbehavior)
        payload = self._proposals.prepare(request.txs, request.max_tx_bytes, request.time.seconds, wrong)
        response.prepare_proposal.txs.extend(payload)

    def _process_proposal(self, request: abci.RequestProcessProposal, response: abci.Response) -> None:
        wrong = self._double_signers(request.misbehavior)
        is_good = self._proposals.process(request.txs, request.time.seconds, request.height, wrong)
        response.process_proposal.status = abci.ACCEPT if is_good else abci.REJECT

    def _finalize_block(self, request: abci.RequestFinalizeBlock, response: abci.Response) -> None:
        for wrong in request.misbehavior:
            kind, who = abci.MisbehaviorType.Name(wrong.type), wrong.validator.address.hex()
            log.error("consensus height %d: evidence of %s by validator %s", wrong.height, kind, who)
        accused = self._double_signers(request.misbehavior)
        decision = self._decisions.finalize(request.height, request.txs, request.time.seconds, accused)
        answer = response.finalize_block
        for result in decision.results:
            answer.tx_results.add(code=0 if result.success else REFUSED, gas_used=result.gas)
        _add_updates(answer, decision.updates)
        answer.app_hash = decision.app_hash
        self._on_decided(request.height)

    def _double_signers(self, stated: Iterable[abci.Misbehavior]) -> Misbehaviour:
        """(key, consensus height) of each duplicate vote of a validator in office, in CometBFT's order."""
        keys = {key_address(key): key for key in self._decisions.powers}
        votes = (wrong for wrong in stated if wrong.type == abci.DUPLICATE_VOTE)
        return [(keys[vote.validator.address], vote.height) for vote in votes if vote.validator.address in keys]

    def _commit(self, _: abci.Empty, response: abci.Response) -> None:
        self._decisions.commit()
        # Everything is kept: peers catch up from it.
        response.commit.retain_height = 0

    def _extend_vote(self, _: abci.Empty, response: abci.Response) -> None:
        response.extend_vote.SetInParent()

    def _verify_vote_extension(self, _: abci.Empty, response: abci.Response) -> None:
        response.verify_vote_extension.status = abci.ACCEPT

    def _list_snapshots(self, _: abci.Empty, response: abci.Response) -> None:
        # Snapshots are files: `ortaq node snapshot` makes one, `ortaq node join --snapshot` checks and installs it.
        response.list_snapshots.SetInParent()

    def _offer_snapshot(self, _: abci.Empty, response: abci.Response) -> None:
        response.offer_snapshot.result = abci.SNAPSHOT_REJECT

    def _load_snapshot_chunk(self, _: abci.Empty, response: abci.Response) -> None:
        response.load_snapshot_chunk.SetInParent()

    def _apply_snapshot_chunk(self, _: abci.Empty, response: abci.Response) -> None:
        response.apply_snapshot_chunk.result = abci.SNAPSHOT_ABORT


def _add_updates(answer: abci.ResponseFinalizeBlock, updates: Powers) -> None:
    for key, power in updates.items():
        answer.validator_updates.add(pub_key=abci.PublicKey(ed25519=key), power=power)


@lru_cache
def _checked(gas: int, reason: str | None) -> abci.Response:
    """An answer to a check. Most admit, with one of few gas limits."""
    response = abci.Response()
    answer = response.check_tx
    answer.gas_wanted = gas
    if reason is not None:
        answer.code, answer.log, answer.codespace = REFUSED, reason, CODESPACE
    else:
        answer.SetInParent()
    return response

"""How long a receipt takes to check: `python bench/receipts.py RECEIPT --anchor FILE [--times 50] [--json]`.

Baseline: the recovery of one key from a signature, of which a check needs at least two, in the same run.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ledger.proofs.anchor import decode_anchor  # the path stands above
from ledger.proofs.receipt_json import decode_receipt
from ledger.proofs.verdict import check_receipt
from ledger.voting.ballot import recover_voter


def median_ms(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("receipt", type=Path)
    parser.add_argument("--anchor", type=Path, required=True)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    data, anchor = options.receipt.read_bytes(), decode_anchor(options.anchor.read_text())
    receipt = decode_receipt(data)
    proofs = (receipt.directory, receipt.ballots, receipt.roll)
    nodes = [node for p in proofs for part in (p.account_proof, *(part for _, _, part in p.storage)) for node in part]
    check = median_ms(lambda: check_receipt(decode_receipt(data), anchor), options.times)
    recover = median_ms(lambda: recover_voter(receipt.domain, receipt.ballot), options.times)
    facts = {
        "verdict": check_receipt(receipt, anchor).standing,
        "check_ms": round(check, 3),
        "recover_ms": round(recover, 3),
        "check_to_recover": round(check / recover, 1),
        "file_bytes": len(data),
        "proof_bytes": sum(map(len, nodes)),
    }
    print(json.dumps(facts) if options.json else "\n".join(f"{name:18} {value}" for name, value in facts.items()))


if __name__ == "__main__":
    main()

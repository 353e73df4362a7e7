"""Seals, anchors, storage proofs and receipts: what a stranger needs to check a ballot offline."""

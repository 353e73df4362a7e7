"""Parameters of addresses, with their bounds."""

from typing import Annotated

from fastapi import Path, Query

VoteNumber = Annotated[int, Path(ge=1, lt=2**48, description="number of the vote, from 1")]
EvidenceNumber = Annotated[int, Path(ge=1, lt=2**63, description="number of the document, from 1")]
PaymentNumber = Annotated[int, Path(ge=1, lt=2**63, description="number of the payment, from 1")]
FundName = Annotated[str, Path(max_length=256, description="name of the fund, or its identifier in hex")]
BlockName = Annotated[str, Path(max_length=80, description="height, or hash in hex")]
BallotCode = Annotated[str, Path(max_length=64, description="ballot code, `word-XXXX-XXXX-XXXX-XXXX`")]
CidText = Annotated[str, Path(max_length=128, description="CIDv1 in base32")]
FirstSeat = Annotated[int, Query(ge=0, lt=2**32, description="only this seat and those behind it")]
AfterCode = Annotated[str, Query(max_length=64, description="only codes behind this one")]

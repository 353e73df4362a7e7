"""Where a citizen checks her ballot. Codes only: a receipt never leaves her device."""

from fastapi import APIRouter

from api.context import Head
from api.models.ballots import VerifyPage
from api.pages.twin import twin
from api.parameters import TypedCode
from api.readers.ballots import verify_page

router = APIRouter()


@twin(router, "/verify", "verify.html")
def verify(head: Head, code: TypedCode = "") -> VerifyPage:
    return verify_page(head, code)

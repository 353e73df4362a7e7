"""Witnesses."""

from fastapi import APIRouter

from api.context import Head, Vouchings
from api.models.witnesses import WitnessesPage
from api.pages.twin import twin
from api.readers.witnesses import witnesses_page

router = APIRouter()


@twin(router, "/witnesses", "witnesses.html")
def witnesses(head: Head, vouchings: Vouchings) -> WitnessesPage:
    return witnesses_page(head, vouchings)

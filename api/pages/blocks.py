"""Blocks."""

from fastapi import APIRouter

from api.context import Head, Vouchings
from api.models.base import Listing
from api.models.blocks import BlockLine, BlockRecord
from api.pages.twin import twin
from api.paging import DEFAULT_LIMIT, Before, Limit
from api.parameters import BlockName
from api.readers.blocks import block_list, block_record

router = APIRouter()


@twin(router, "/blocks", "blocks.html")
def blocks(head: Head, before: Before = None, limit: Limit = DEFAULT_LIMIT) -> Listing[BlockLine]:
    return block_list(head, before, limit, "/blocks")


@twin(router, "/blocks/{block}", "block.html")
def block_page(head: Head, vouchings: Vouchings, block: BlockName) -> BlockRecord:
    return block_record(head, block, vouchings)

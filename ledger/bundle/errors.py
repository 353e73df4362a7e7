"""What makes a file no bundle."""

from ledger.errors import BadInputError


class BundleError(BadInputError):
    """Bytes that are no audit bundle. `facts["code"]`: such as `bundle.order` (docs/reference/bundle.md, 7)."""

    type = "bad-bundle"

    def __init__(self, code: str, detail: str, **facts: object) -> None:
        super().__init__(f"{detail} ({code})", code=code, **facts)

    @property
    def code(self) -> str:
        return str(self.facts["code"])

"""The audit bundle: its bytes, read from and written to streams that the caller opens (docs/reference/bundle.md)."""

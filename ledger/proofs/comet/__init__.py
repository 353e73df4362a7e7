"""CometBFT's proof that its validators decided a block, checked without CometBFT (formats.md, 13)."""

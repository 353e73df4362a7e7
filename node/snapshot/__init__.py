"""Starting a node from a snapshot: rows of its store, and what CometBFT finds when it starts."""

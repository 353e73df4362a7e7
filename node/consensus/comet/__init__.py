"""CometBFT as consensus: the application that it drives over ABCI 2.0, and the process itself."""

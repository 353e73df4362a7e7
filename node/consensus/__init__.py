"""Who decides on the next block: the solo sequencer and its signer."""

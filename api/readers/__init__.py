"""From views of the ledger to the records that the API sends and shows, at one head."""

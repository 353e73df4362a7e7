"""Evidence files: their content identifiers, the blocks that they are cut into, and how they are put together again."""

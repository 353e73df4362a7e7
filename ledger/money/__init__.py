"""The common money: double-entry books, and who may take what from them."""

"""What a record means and how anyone checks it: pure Python, without clock, disk, socket or randomness."""

"""What the API says, as typed records: pages show them, `.json` and `/api/v1` send them."""

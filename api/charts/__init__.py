"""Pictures drawn from records on the server, as inline SVG. They add no facts: a table stands beside each."""

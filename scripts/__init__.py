"""Commands: the `ortaq` CLI, which wires node and api together, and the build steps of the contracts."""

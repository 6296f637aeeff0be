"""One file a kind of finding. Each takes a Subject and adds problems to its report."""

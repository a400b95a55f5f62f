"""One file a verb, found by walking: its docstring is its help, its ``run`` asks and tells."""

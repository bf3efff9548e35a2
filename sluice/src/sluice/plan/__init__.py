"""From a workflow to what will run: graph, matrix, expansion. Pure."""

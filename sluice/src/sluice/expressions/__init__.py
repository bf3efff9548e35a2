"""GitHub's expression language: lexer, parser, evaluator, functions. Pure."""

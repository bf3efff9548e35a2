"""The graph of jobs: how it is built, and how a job becomes its runs once its needs are done."""

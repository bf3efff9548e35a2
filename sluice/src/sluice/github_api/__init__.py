"""GitHub's API from the side that answers: requests, replies and refusals, pages of lists, GraphQL, shapes of JSON.

What stands in for GitHub in a rehearsal answers with it, and so does ``sluice serve``. ``sluice.github`` is the other
side: it asks GitHub.
"""

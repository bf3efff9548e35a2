"""The web page of a repository: its runs, one run, a form that starts one. In: plain values. Out: safe HTML."""

"""``sluice release``: asks git, git-cliff and uv, writes files, commits, tags. What a release is, ``delivery`` says."""

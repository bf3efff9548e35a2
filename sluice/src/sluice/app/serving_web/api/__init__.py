"""The API of ``sluice serve``, in GitHub's shapes."""

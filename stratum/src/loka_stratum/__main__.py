"""``python -m loka_stratum``."""

from loka_stratum.cli.main import main

if __name__ == "__main__":
    main()

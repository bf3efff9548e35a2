"""Whether a share's path was compiled when this installation was built (hatch_build.py), for who measures."""

from importlib.util import find_spec

FORM = "interpreted" if find_spec("loka_stratum.compiled__mypyc") is None else "compiled"

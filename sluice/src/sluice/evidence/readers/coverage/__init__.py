"""How much of the code tests reach: shares in per cent."""

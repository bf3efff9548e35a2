"""The small processes that hold jobs. They import little (they start fast), and they know no Sluice type."""

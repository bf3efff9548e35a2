"""What benchmarks took: samples with units."""

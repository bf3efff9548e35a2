"""Actions for Rust: toolchains of rustup, programs of crates.io, caches of cargo."""

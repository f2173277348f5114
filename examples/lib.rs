#![doc = include_str!("README.md")]
// Each example is a program. Cargo asks for a library too, so here is an empty one.

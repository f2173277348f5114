//! Cargo asks for a library in every package. This one is empty: each example is a program.

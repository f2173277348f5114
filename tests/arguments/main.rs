//! Kernels with invalid arguments: with any sizes, strides and slices, they compute what their equation says, or panic with a
//! message before they have written anything. Memory outside the result is unchanged.
//!
//! Sizes wrap around without overflow checks, so these tests also run in release builds:
//! `cargo test --release --test arguments`.

#![forbid(unsafe_code)]

mod geometries;
mod lengths;
mod products;
mod values;

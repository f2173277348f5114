//! Kernels that are lied to: whatever sizes, strides and slices they are called with, they compute what their equation says, or
//! refuse in words before they have written anything. Memory that is not theirs stays as it was.
//!
//! Sizes wrap around where there are no overflow checks, so this is run in a release build too:
//! `cargo test --release --test arguments`.

#![forbid(unsafe_code)]

mod geometries;
mod lengths;
mod products;
mod values;

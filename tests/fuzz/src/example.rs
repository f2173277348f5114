//! The part of the example `predict` that reads pictures.

#![allow(dead_code, reason = "what the example does with files is not fuzzed")]

#[path = "../../../examples/predict/caught.rs"]
mod caught;
#[path = "../../../examples/predict/chunks.rs"]
mod chunks;
#[path = "../../../examples/shared/handwriting/mod.rs"]
pub mod handwriting;
#[path = "../../../examples/predict/picture.rs"]
pub mod picture;

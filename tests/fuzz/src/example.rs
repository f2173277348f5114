//! The part of the example `predict` that reads pictures.

#![allow(dead_code, reason = "what the example does with files is not fuzzed")]

#[path = "../../../examples/predict/caught.rs"]
mod caught;
#[path = "../../../examples/predict/chunks.rs"]
mod chunks;
#[path = "../../../examples/predict/frame.rs"]
pub mod frame;
#[path = "../../../examples/predict/ink.rs"]
pub mod ink;
#[path = "../../../examples/predict/paper.rs"]
mod paper;
#[path = "../../../examples/predict/picture.rs"]
pub mod picture;
#[path = "../../../examples/predict/specks.rs"]
mod specks;

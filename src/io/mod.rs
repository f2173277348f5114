//! What is written to disk, and read back.

#[cfg(feature = "onnx")]
pub mod onnx;

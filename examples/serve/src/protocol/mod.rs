//! The Open Inference Protocol, version 2, without HTTP: what is asked, what is answered, and why something is refused.
//!
//! The protocol is that of <https://github.com/kserve/open-inference-protocol>; binary tensors and classification are extensions of
//! Triton's (`docs/protocol/extension_binary_data.md` and `extension_classification.md` in
//! <https://github.com/triton-inference-server/server>).

pub mod answer;
pub mod classification;
pub mod metadata;
mod numbers;
pub mod question;
mod refusal;
mod signature;

pub use refusal::{Refusal, shown};
pub use signature::{Signature, TensorType};

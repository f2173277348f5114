//! Small convolutional networks whose shapes live in their types.
#![no_std]
#![warn(missing_docs, clippy::unwrap_used)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod data;
pub mod error;
pub mod gradient;
pub mod init;
pub mod kernel;
pub mod layer;
pub mod loss;
pub mod metrics;
pub mod network;
pub mod optim;
pub mod scalar;
pub mod shape;
pub mod tensor;
#[cfg(feature = "std")]
pub mod train;

pub use bytemuck;
pub use error::{Error, Result};

//! Small convolutional networks whose shapes live in their types.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod data;
pub mod error;
pub mod scalar;
pub mod shape;
pub mod tensor;

pub use bytemuck;
pub use error::{Error, Result};

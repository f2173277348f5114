//! The networks of the examples.

mod digit_net;
#[path = "../models/digits.rs"]
mod digits;

pub use digit_net::DigitNet;
pub use digits::SmallNet;

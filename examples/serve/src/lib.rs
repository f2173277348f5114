//! A server of predictions: a network's type and a model file in, the Open Inference Protocol out.
//!
//! ```text
//! connection → head, body, decompression (limits) → question → queue → batch → prediction → answer
//!   http::server, http::connection      protocol::question   model::queue, model::worker   protocol::answer
//! ```
//!
//! [`Served`] is what a program says: the network's type, and the model inside the binary. Everything else is said by
//! [options](Options).

mod http;
mod log;
mod metrics;
mod model;
mod options;
mod protocol;
mod run;
mod signals;

pub use model::ToInput;
pub use options::Options;
pub use run::{Served, run};

//! HTTP: routes, limits, connections, and the end of them.

mod app;
mod body;
mod budget;
mod compression;
mod connection;
mod describe;
mod guarded;
mod infer;
mod measure;
mod place;
mod predict;
mod router;
mod server;

pub use app::App;
pub use budget::Budget;
pub use connection::Times;
pub use server::{Limits, serve};

//! Models that are served: their queues, their threads, their versions, and the files they come from.

mod file;
mod live;
mod queue;
mod repository;
mod source;
mod watch;
mod worker;

pub use live::{Live, ToInput};
pub use queue::{Batching, Full};
pub use repository::Repository;
pub use source::Source;
pub use watch::Watch;

//! The end of all processes because of one.

use alloc::boxed::Box;
use alloc::string::String;
use core::any::Any;
use core::fmt;
use core::time::Duration;
use std::thread::sleep;

use mpi::topology::{Communicator, SimpleCommunicator};

use super::Processes;
use crate::error::say;

impl Processes {
    /// Ends all processes, with one line on standard error that names this one.
    pub(super) fn fail(self, error: &dyn fmt::Display) -> ! {
        // Of an error that all processes have, such as a setting that cannot work, it is enough that the first one says it: it ends the
        // others while they wait here.
        sleep(Duration::from_millis(100) * self.rank.min(20) as u32);
        say(format_args!("process {} of {}: {error}", self.rank, self.count));
        SimpleCommunicator::world().abort(1)
    }
}

/// What a panic says.
pub(super) struct Panicked(pub(super) Box<dyn Any + Send>);

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.downcast_ref::<&str>().copied();
        let text = text.or_else(|| self.0.downcast_ref::<String>().map(String::as_str));
        write!(f, "panicked: {}", text.unwrap_or("of a type without a text"))
    }
}

//! Training in several processes: the same bits as in one, and one message if one of them fails.
#![cfg(unix)]

mod allocations;
mod bits;
#[path = "../common/mod.rs"]
mod common;
mod killed;
mod mpirun;
mod refused;

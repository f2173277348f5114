//! The server as its clients see it: the program itself, over TCP, on this machine.

mod batches;
mod client;
#[path = "../../../models/digits.rs"]
mod digits;
mod flood;
mod limits;
mod malformed;
mod pictures;
mod protocol;
mod sample;
mod server;
mod starts;
mod stop;
mod triton;
mod versions;

//! Threads that compute one sample together: intra-operator parallelism.
//!
//! Every member of a team runs the whole network, on buffers of its own. Where a layer has much to compute and little to hand over, a
//! kernel computes the member's [`Share`] of the output alone, and then gets those of the others. Everything else each member computes for
//! itself. So every number is computed as one thread computes it, from the same numbers: the bits are the same.
//!
//! Most of an image is computed where it is needed, and little goes from one core's cache to another's, which takes as long as to compute
//! it. Members do not sleep while they wait for each other, and never wait for one that has not begun: who is there when the first share is
//! computed belongs to the team, and nobody else.

#[cfg(not(feature = "std"))]
mod alone;
#[cfg(feature = "std")]
mod members;
#[cfg(feature = "std")]
mod share;

#[cfg(not(feature = "std"))]
pub(crate) use alone::{Share, share};
#[cfg(feature = "std")]
pub(crate) use members::{Team, join};
#[cfg(feature = "std")]
pub(crate) use share::{Share, share};

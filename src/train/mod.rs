//! Training: gradients from many threads, epochs, and what happens between them.
//!
//! - [`Trainer`] takes single steps; it owns the network and everything a step needs, allocated once. [`Gradients`] stand between
//!   the two halves of one.
//! - [`Trainer::fit`] runs epochs, measures on validation data, and calls [`Callback`]s; [`History`] is what it returns.
//! - [`State`] is all that the next step depends on. [`Trainer::resume`] goes on from one, to the same bits, after a stop or in another
//!   process; [`Checkpoints`](crate::io::Checkpoints) keeps it.
//! - [`Threads`] evaluates a network on a whole data set, in parallel and in order.
//!
//! The loop can also be written by hand:
//!
//! ```
//! use shapeproof::data::shuffle::Shuffle;
//! use shapeproof::data::{Dataset, Pairs};
//! use shapeproof::loss::CrossEntropy;
//! use shapeproof::network::Network;
//! use shapeproof::optim::SGD;
//! use shapeproof::tensor::Vector;
//! use shapeproof::train::{Settings, Trainer};
//!
//! shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
//! let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from);
//! let xor = Pairs::new(&inputs, &[0, 1, 1, 0]);
//!
//! let settings = Settings { batch_size: 4, ..Settings::default() };
//! let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1).nesterov(0.9), settings)?;
//! let mut order = Shuffle::new(xor.len(), 1);
//! for epoch in 0..500 {
//!     for batch in order.epoch(epoch).chunks(4) {
//!         trainer.step(&xor, batch);
//!     }
//! }
//! assert_eq!(trainer.evaluate(&xor).accuracy(), 1.0);
//! # Ok::<(), shapeproof::Error>(())
//! ```
//!
//! # Code of your own
//! A data set, a loss, a layer, an optimizer, and what is handed to [`Threads::infer`], are called on the trainer's threads, several
//! at a time. They may use rayon, and these [`Threads`] again: nothing is locked meanwhile, and the bits stay the same. A thread
//! that waits in rayon may take up another shard and call the same code once more before it goes on, so a lock of your own
//! must not be held across a call of rayon.
//!
//! A panic in there comes out of [`Trainer::step`] or [`fit`](Trainer::fit). The trainer can be used again, and
//! [`resume`](Trainer::resume) goes on with the step it was in.
//!
//! # Limits
//! | | | else |
//! |---|---|---|
//! | batch size | what takes 64 GiB ([`MAX_BYTES`](limits::MAX_BYTES)), and no more than the system has | [`Trainer::new`] refuses |
//! | samples in a mini-batch | as many as its layers [need](crate::layer::Module::MIN_BATCH) | `fit` refuses, `step` panics |
//! | shard size | at least 1; at most the batch size counts | [`Trainer::new`] refuses |
//! | threads | 1 to four for each core, or 8 if that is more ([`max_threads`](limits::max_threads)) | [`Threads::new`] refuses |
//! | samples to train on | 1 to 2³² − 1 ([`MAX_SAMPLES`](limits::MAX_SAMPLES)) | `fit` refuses |
//! | epochs · steps in each | 2⁵³ ([`MAX_STEPS`](limits::MAX_STEPS)) | `fit` refuses |
//! | learning rate | above 0, times 0 to 10¹² ([`MAX_FACTOR`](crate::optim::schedule::MAX_FACTOR)) | `fit` refuses a schedule |
//! | seed | any | |
//!
//! # How the cost of a step grows
//! As its arithmetic does: time for a step on one thread, beside the time it would take if every floating-point operation took
//! as long as at one size in the middle. Both axes are logarithmic.
//!
#![doc = include_str!("../../benches/growth/growth.svg")]
//!
//! The reference network is that of the example `mnist`; the others are trained on 16 images. An AMD EPYC (Zen 4), two virtual
//! cores, 2026-11-24; each point is the median of 25 measurements, each right after one of the middle size. The numbers are
//! in `benches/growth/growth.csv`, and `cargo bench --bench growth` measures them on your machine.
//!
//! There is no cliff. What lies above the line:
//! - **Few channels**: 2.2 times as long at four, 1.1 times at sixteen. Matrices of that size are shorter than the vectors
//!   they are computed with. Seven channels take longer than eight: rows of a product go four at a time, the last ones singly.
//! - **Small batches**: 1.8 times at one image, 1.1 times at four. The update of the parameters costs the same for any batch.
//! - **Sizes between multiples of sixteen**: 12 to 19 % for images of 11, 24, 28 and 33 pixels, 11 % at 33 channels. A
//!   convolution reads patches where they lie only if rows are whole vectors; else it copies them first.
//! - **Large images**: 18 % at 128×128 pixels, 29 % at 100×100, where both come together: what the backward pass needs of so many
//!   numbers has left the nearest caches.

mod average;
mod batch;
mod buffers;
mod callback;
mod divergence;
mod ending;
mod fit;
mod history;
mod in_one_go;
mod inference;
pub mod limits;
mod mini_batch;
mod phase_by_phase;
mod plan;
mod pool;
mod score;
mod shard;
#[cfg_attr(not(feature = "safetensors"), allow(dead_code, reason = "some of it is for checkpoints alone"))]
mod state;
mod step;
mod threads;
mod trainer;

pub use callback::{Callback, Control, EarlyStop, Progress};
pub use history::{EpochRecord, History};
pub use plan::Fit;
pub use score::Score;
pub use state::State;
#[cfg(feature = "safetensors")]
pub(crate) use state::{Best, Current};
pub use step::Gradients;
pub use threads::Threads;
pub use trainer::{Settings, Trainer};

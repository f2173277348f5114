//! Training: multi-threaded gradient descent, epochs, and callbacks.
//!
//! [`Trainer::fit`] runs epochs, evaluates on validation data after each, and returns their [`History`]:
//!
//! ```
//! use shapeproof::prelude::*;
//!
//! network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
//!
//! # fn main() -> Result<(), shapeproof::Error> {
//! // A point is of class 1 if it is above the diagonal.
//! let inputs: Vec<_> = (0..400).map(|i| Vector::from([(i % 20) as f32 / 20.0, (i / 20) as f32 / 20.0])).collect();
//! let labels: Vec<_> = inputs.iter().map(|x| usize::from(x[[1, 0, 0]] > x[[0, 0, 0]])).collect();
//! let data = Pairs::new(&inputs, &labels);
//! let (train, validation) = data.split_stratified(HeldOut::Percent(25), 1);
//!
//! let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), Adam::new(0.01), Settings::default())?;
//! let mut print = on_epoch(|record, _| println!("{record}"));
//! let fit = Fit { epochs: 100, schedule: &Warmup::new(10, Cosine) };
//! let history = trainer.fit(&train, &validation, &fit, &mut [&mut print, &mut EarlyStop::new(10)])?;
//!
//! assert!(history.best().unwrap().validation.unwrap().accuracy() > 0.95);
//! let network = trainer.best().unwrap_or(trainer.network()); // that of the epoch with the smallest validation loss
//! # let _ = network;
//! # Ok(())
//! # }
//! ```
//!
//! - [`Trainer`] owns the network and all buffers of a step, allocated once. [`Settings`] has the batch size, threads and the seed, and
//!   how gradients are [clipped](Clip).
//! - [`Fit`] is how long to train, with which [schedule](crate::optim::schedule) of the learning rate.
//! - [`Callback`]s run after every step and epoch, and may stop the training: [`EarlyStop`], and closures by [`on_epoch`], [`on_step`]
//!   and [`lr_factor`].
//! - [`History`] can be written as [CSV](History::to_csv) or [JSON](History::to_json).
//! - `Report` (feature `report`) writes a training as an HTML page with pictures, and as CSV and JSON; `TensorBoard` shows it there.
//! - [`State`] is all that the next step depends on. [`Trainer::resume`] continues from one, to the same bits, after a stop or in
//!   another process; [`Checkpoints`](crate::io::Checkpoints) saves it.
//! - [`Threads`] evaluates a network on a whole dataset, in parallel, with the results in order.
//!
//! # The loop by hand
//! [`Trainer::step`] takes a single step, and [`Trainer::gradients`] half of one: [`Gradients`] can be read and changed before it takes
//! the other half.
//!
//! ```
//! # use shapeproof::prelude::*;
//! # network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
//! # let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from);
//! # let xor = Pairs::new(&inputs, &[0, 1, 1, 0]);
//! # let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1).nesterov(0.9), Settings::default())?;
//! let mut order = Shuffle::new(xor.len(), 1);
//! for epoch in 0..500 {
//!     for batch in order.epoch(epoch).chunks(trainer.settings().batch_size) {
//!         trainer.step(&xor, batch);
//!     }
//! }
//! assert_eq!(trainer.evaluate(&xor).accuracy(), 1.0);
//! # Ok::<(), shapeproof::Error>(())
//! ```
//!
//! # Code of your own
//! A dataset, a loss, a layer, an optimizer, and the closure given to [`Threads::infer`], are called on the trainer's threads,
//! concurrently. They may use rayon, and these [`Threads`] again: the trainer holds no lock while it calls them, and the bits stay
//! the same. While a thread waits in rayon, rayon may run another shard on it, which calls the same code again. So do not hold a
//! lock of your own across a call of rayon.
//!
//! A panic in such code propagates through [`Trainer::step`] or [`fit`](Trainer::fit). The trainer can be used again, and
//! [`resume`](Trainer::resume) continues with the step of the panic.
//!
//! # Limits
//! | | limit | beyond it |
//! |---|---|---|
//! | batch size | 64 GiB of memory ([`MAX_BYTES`](limits::MAX_BYTES)), and no more than the system has | [`Trainer::new`] returns an error |
//! | samples in a mini-batch | as many as its layers [need](crate::layer::Module::MIN_BATCH) | `fit` returns an error, `step` panics |
//! | samples to train on, with `drop_last` | at least one mini-batch | `fit` returns an error |
//! | shard size | at least 1; reduced to the batch size | [`Trainer::new`] returns an error |
//! | threads | 1 to four for each core, or 8 if that is more ([`max_threads`](limits::max_threads)) | [`Threads::new`] returns an error |
//! | samples to train on | 1 to 2³² − 1 ([`MAX_SAMPLES`](limits::MAX_SAMPLES)) | `fit` returns an error |
//! | epochs · steps in each | 2⁵³ ([`MAX_STEPS`](limits::MAX_STEPS)) | `fit` returns an error |
//! | learning rate | above 0, times 0 to 10¹² ([`MAX_FACTOR`](crate::optim::schedule::MAX_FACTOR)) | [`Trainer::new`] and `fit` return an error |
//! | limit of [`Clip`] | above 0 | [`Trainer::new`] returns an error |
//! | decay of the moving average | from 0 to below 1 | [`Trainer::new`] returns an error |
//! | seed | any | |
//!
//! # How the cost of a step grows
//! In proportion to its arithmetic. The plot shows the time of a step on one thread, and the time it would take if every
//! floating-point operation took as long as at one size in the middle. Both axes are logarithmic.
//!
#![doc = include_str!("growth.svg")]
//!
//! The reference network is that of the example `mnist`; the others are trained on 16 images. An AMD EPYC (Zen 5), two virtual
//! cores, 2026-11-28; each point is the median of 25 measurements, each right after one of the middle size. The numbers are
//! in `benches/growth/growth.csv`, and `cargo bench --bench growth` measures them on your machine.
//!
//! These sizes are above the line:
//! - **Few channels**: the line is that of 32, by Winograd's algorithm. Up to 24, and at 33, where padding would cost more than tiles save, the
//!   definition takes 1.7 times as long; seven and eight channels 2.4 times, four 3.3, since a pixel is then used for few products.
//! - **Small batches**: twice at one image, 1.1 times at four. The update of the parameters costs the same for any batch.
//! - **Rows between multiples of sixteen**: 11 to 20 % for images of 11, 24, 28 and 33 pixels, whose last vector is not full.
//! - **Large images**: 7 % at 64×64 pixels, 33 % at 100×100, 26 % at 128×128: the activations that the backward pass needs no longer
//!   fit in the nearest caches.

mod average;
mod batch;
mod buffers;
mod callback;
mod clip;
mod closures;
mod divergence;
mod ending;
mod export;
mod fit;
mod history;
mod in_one_go;
mod inference;
mod kept;
pub mod limits;
#[cfg(feature = "safetensors")]
pub(crate) mod machine;
mod mini_batch;
mod phase_by_phase;
mod plan;
mod pool;
#[cfg(feature = "mpi")]
mod processes;
#[cfg(not(feature = "mpi"))]
#[path = "alone.rs"]
mod processes;
#[cfg(feature = "report")]
pub mod report;
mod run;
mod score;
mod settings;
mod shard;
mod shared;
#[cfg_attr(not(feature = "safetensors"), allow(dead_code, reason = "some of it is for checkpoints alone"))]
mod state;
#[cfg(feature = "report")]
mod tensorboard;
mod threads;
mod trainer;

pub use callback::{Callback, Control, EarlyStop, Progress};
pub use clip::Clip;
pub use closures::{lr_factor, on_epoch, on_step};
pub use history::{EpochRecord, History};
pub use plan::Fit;
#[cfg(feature = "mpi")]
pub use processes::Processes;
#[cfg(feature = "report")]
pub use report::Report;
pub use score::Score;
pub use settings::Settings;
pub use state::State;
#[cfg(feature = "safetensors")]
pub(crate) use state::{Best, Current};
#[cfg(feature = "report")]
pub use tensorboard::TensorBoard;
use threads::End;
pub use threads::Threads;
pub use trainer::{Gradients, Trainer};

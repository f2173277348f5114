//! The names of a first program: `use shapeproof::prelude::*;`
//!
//! ```
//! use shapeproof::prelude::*;
//!
//! network! { type XorNet = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
//!
//! # fn main() -> Result<(), shapeproof::Error> {
//! let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from);
//! let data = Pairs::new(&inputs, &[0, 1, 1, 0]);
//!
//! let optimizer = SGD::new(0.1).nesterov(0.9);
//! let mut trainer = Trainer::new(XorNet::new(1), CrossEntropy::new(), optimizer, Settings::default())?;
//! trainer.fit(&data, &data, &Fit { epochs: 500, schedule: &Constant }, &mut [])?;
//! assert_eq!(trainer.evaluate(&data).accuracy(), 1.0);
//! # Ok(())
//! # }
//! ```
//!
//! | from | names |
//! |---|---|
//! | [`network`](mod@crate::network) | [`network!`](crate::network!), `Network` |
//! | [`tensor`](crate::tensor) | `Tensor`, `Vector` |
//! | [`data`](crate::data) | `Dataset`, `Pairs`, `HeldOut`, `Augment`, `Normalize`, `Pixels`, `Shuffle`; `ImageFolder`, `Pictures` (need `images`) |
//! | [`loss`](crate::loss) | `CrossEntropy`, `BinaryCrossEntropy`, `MSE`, `Huber` |
//! | [`optim`](crate::optim) | `SGD`, `Adam`, `AdamW`; the schedules `Constant`, `Linear`, `Cosine`, `Staircase`, `Warmup` |
//! | [`train`](crate::train) | `Trainer`, `Settings`, `Fit`, `History`, `EpochRecord`, `EarlyStop`, `Callback`, `Control`, `on_epoch`, `on_step` (need `std`) |
//! | [`io`](crate::io) | `Model`, `Predictor`, `Card` (need `safetensors`), `Checkpoints` (`std` too) |
//!
//! What a layer, a loss or an optimizer of your own needs is not here: those traits are for their authors. Neither are `Error` and
//! `Result`, which would hide Rust's own; write `shapeproof::Error`. A name that you define or import yourself takes precedence
//! over the same name from here.

#[cfg(target_has_atomic = "ptr")]
pub use crate::data::HeldOut;
#[cfg(feature = "images")]
pub use crate::data::images::{ImageFolder, Pictures};
pub use crate::data::shuffle::Shuffle;
pub use crate::data::{Augment, Dataset, Normalize, Pairs, Pixels};
#[cfg(all(feature = "safetensors", feature = "std"))]
pub use crate::io::Checkpoints;
#[cfg(feature = "safetensors")]
pub use crate::io::{Card, Model, Predictor};
pub use crate::loss::{BinaryCrossEntropy, CrossEntropy, Huber, MSE};
pub use crate::network;
pub use crate::network::Network;
pub use crate::optim::{Adam, AdamW, Constant, Cosine, Linear, SGD, Staircase, Warmup};
pub use crate::tensor::{Tensor, Vector};
#[cfg(feature = "std")]
pub use crate::train::{Callback, Control, EarlyStop, EpochRecord, Fit, History, Settings, Trainer, on_epoch, on_step};

//! Persistence: model files, models inside the binary, checkpoints, and models for other runtimes.
//!
//! - [`save`] and [`load`] write and read a network's parameters as a [safetensors] file, with its [`Card`];
//!   [`to_bytes`] and [`from_bytes`] do so without a file system;
//! - [`Model`] is a network with its card, for programs that only predict; [`Model::classify`] returns the name of a class and its
//!   probability, a [`Predictor`] does so for many images without allocating; `Model::classify_file` reads a PNG or JPEG file
//!   (feature `images`);
//! - [`Embedded`] is a model inside the binary, by `include_bytes!`;
//! - [`Checkpoints`] saves a training, so that it can be killed and resumed; [`save_checkpoint`] and [`load_checkpoint`] do
//!   so for hand-written loops, [`checkpoint_to_bytes`] and [`checkpoint_from_bytes`] without a file system;
//! - `onnx::to_onnx` (feature `onnx`) writes a network as an ONNX model;
//! - [`write_atomically`] writes a file completely or not at all; [`destination`] checks beforehand that it can.
//!
//! ```
//! use shapeproof::data::Normalize;
//! use shapeproof::io::{Card, Model};
//! use shapeproof::network::Network;
//!
//! shapeproof::network! {
//!     type Net = [1, 9, 7] =>
//!         conv: Conv2D(filters = 4, kernel = 3),
//!         ReLU,
//!         Flatten,
//!         Dense(units = 2),
//! }
//!
//! let network = Net::new(1); // would be trained here
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("cats.safetensors");
//! let card = Card {
//!     preprocessing: Some(Normalize::new(0.45, 0.22)),
//!     classes: vec!["cat".into(), "not a cat".into()],
//!     ..Card::default()
//! };
//! shapeproof::io::save(&path, &*network, &card)?;
//!
//! let model = Model::<Net>::load(&path)?;
//! let prediction = model.classify(&[128; 9 * 7]);
//! println!("{}: {:.3}", prediction.name, prediction.probability);
//! # Ok::<(), shapeproof::Error>(())
//! ```
//!
//! # What is in a file
//! One tensor for each parameter, named as [`Parameter`](crate::layer::Parameter) prints it: `3.weight`, or `conv1.weight`
//! for a layer of that [name](crate::layer::Named), and inside a block `3.body.0.weight`. These are the names that PyTorch's
//! `nn.Sequential` gives the same network. Shapes, order of axes and meaning are PyTorch's too, so each loads what the other
//! saved:
//!
//! | layer | PyTorch | tensors |
//! |---|---|---|
//! | `Conv2D` | `nn.Conv2d` | `weight` `[O, C, KH, KW]`, `bias` `[O]` |
//! | `Dense` | `nn.Linear` | `weight` `[O, I]`, `bias` `[O]` |
//! | `PReLU` | `nn.PReLU` | `weight` `[1]` or `[C]` |
//! | `BatchNorm` | `nn.BatchNorm2d`, `nn.BatchNorm1d` | `weight`, `bias`, `running_mean`, `running_var` `[C]`, `num_batches_tracked` |
//! | `Softmax` | `nn.Softmax(dim=1)` | |
//! | `Residual` | a module of two, see below | those of `body` and `shortcut` |
//! | `MaxPool2D`, `AvgPool2D`, `Flatten`, `ReLU`, `LeakyReLU`, `Dropout` | of the same name | |
//!
//! PyTorch counts mini-batches in `num_batches_tracked`, an integer without effect as long as BatchNorm has a momentum: it is
//! written as 0 and ignored when read. The example `pytorch.py` shows a matching module and converts in both directions.
//!
//! In PyTorch, a [`Residual`](crate::layer::Residual) block is this module, with an `nn.Sequential` for each branch:
//! ```python
//! class Residual(nn.Module):
//!     def __init__(self, body, shortcut=None):
//!         super().__init__()
//!         self.body, self.shortcut = body, shortcut
//!
//!     def forward(self, x):
//!         return (x if self.shortcut is None else self.shortcut(x)) + self.body(x)
//! ```
//!
//! The file's metadata has one entry, `shapeproof`, a JSON object:
//!
//! | | |
//! |---|---|
//! | `sha256` | the checksum of all bytes of the file, in 64 digits, computed with zeros in their place |
//! | `format` | 1 |
//! | `version` | of the crate that wrote it |
//! | `architecture` | the network's [summary](crate::network::Summary), for humans |
//! | `resize` | if the network was trained with pictures that were made to [fit](crate::data::Resize): `fit` and `background` |
//! | `preprocessing` | `mean` and `std`, see [`Normalize`](crate::data::Normalize) |
//! | `classes` | a name for each output; for a single output also two, those of target 0 and target 1 |
//! | `golden` | inputs, and the network's outputs for them when it was saved |
//! | `training` | in a [checkpoint](Checkpoints): steps, settings, plan and kind of processor; the rest is in tensors named `training/…` |
//!
//! A file without this entry, for example one from PyTorch, is loaded as weights alone.
//!
//! # What is checked
//! Everything is checked before the first parameter is changed. [`Error::Model`](crate::Error::Model) lists everything that is
//! wrong, in up to 20 lines. The checks are:
//! - the file is complete; every length in it is compared with the actual number of bytes before it is used;
//! - its bytes are those that were written. SHA-256 detects every bit that a disk or a copy has changed. It does not prove where
//!   a file comes from: anybody who can write the file can write the checksum. Files by other programs have none;
//! - no tensor is missing or unknown, and each has its shape and a type that can be widened to the network's (F16, BF16 and F32
//!   to `f32`; also F64 to `f64`);
//! - every number is finite, and no `running_var` is below 0;
//! - the card fits the network, and class names can be printed: they have no control characters and at most 256 bytes;
//! - the network's outputs for the golden inputs are those recorded when it was saved. This detects what names and shapes cannot:
//!   another activation, stride or padding. The inputs are random, not samples, so they reveal nothing about the training data.
//!   Kinds of processor differ in the last bits, so outputs may differ by 10⁻⁴ of the largest output (plus 10⁻⁶; in `f64`,
//!   10⁻¹⁰ plus 10⁻¹²), a hundred times the rounding error in networks of this size. If the weights have since been rounded to
//!   F16 or BF16, they may differ by 10⁻² or 10⁻¹;
//! - the steps, epochs and learning rates of a checkpoint are consistent.
//!
//! [`Checks`] can disable the checks of the checksum, of finite numbers and of the golden pairs.
//!
//! # Limits
//! The maximum size of a file follows from the type of the network, so that a larger one is refused before it is read:
//!
//! | | at most |
//! |---|---|
//! | header | 4 MiB, the golden pairs, and 1 KiB for each output and for each of ten times the tensors |
//! | tensors | 10,000, and ten times those of the network |
//! | file | the header, 40 bytes for each parameter, and 64 MiB: a checkpoint has five networks, and tables of up to 900,000 epochs |
//! | steps of a training | 2⁵³ |
//! | factor of its learning rate | 10¹² |
//!
//! A file that exceeds the limits is not written either. If memory does not suffice for the whole file, that is an error. If a
//! small allocation fails, Rust aborts the process; the file on disk is then the old one or the new one.
//!
//! [safetensors]: https://github.com/huggingface/safetensors

#[cfg(feature = "safetensors")]
mod card;
#[cfg(all(feature = "safetensors", feature = "std"))]
mod checkpoint;
#[cfg(feature = "safetensors")]
mod checks;
#[cfg(feature = "safetensors")]
mod checksum;
#[cfg(feature = "safetensors")]
mod embedded;
#[cfg(feature = "safetensors")]
mod format;
#[cfg(feature = "safetensors")]
mod golden;
#[cfg(feature = "safetensors")]
mod header;
#[cfg(feature = "safetensors")]
mod model;
#[cfg(feature = "safetensors")]
mod names;
#[cfg(feature = "onnx")]
pub mod onnx;
#[cfg(all(feature = "safetensors", feature = "images"))]
mod picture_files;
#[cfg(feature = "safetensors")]
mod predictor;
#[cfg(feature = "safetensors")]
mod record;
#[cfg(feature = "safetensors")]
mod refusal;
#[cfg(feature = "safetensors")]
mod weights;

#[cfg(feature = "safetensors")]
pub use card::Card;
#[cfg(all(feature = "safetensors", feature = "std"))]
pub use checkpoint::{Checkpoints, Note, checkpoint_from_bytes, checkpoint_to_bytes, load_checkpoint, save_checkpoint};
#[cfg(feature = "safetensors")]
pub use checks::Checks;
#[cfg(feature = "safetensors")]
pub use embedded::Embedded;
#[cfg(feature = "safetensors")]
pub use model::{Model, from_bytes, from_bytes_with, to_bytes};
#[cfg(all(feature = "safetensors", feature = "std"))]
pub use model::{load, load_with, read, save};
#[cfg(feature = "safetensors")]
pub use predictor::{Activation, Prediction, Predictor};

/// Writes the file `path` atomically: other processes see all its contents or none, and so does the next boot after a power failure.
///
/// The bytes are written to a temporary file in the same folder, which is renamed once they are on disk.
///
/// | what is at `path` | |
/// |---|---|
/// | nothing | a file with the usual mode |
/// | a file | keeps its mode, and its owner and group where the system permits; other hard links keep the old contents |
/// | a link | is followed: its target is written or created |
/// | a device, a pipe | is written to directly and not synced: there is nothing to replace |
/// | this process's standard output or error (`/dev/stdout`) | likewise, also if it is a file |
/// | a folder | is refused |
///
/// A file without write permission is refused as well, although it could be replaced. Extended attributes and access control
/// lists are not kept. Where the group cannot be kept, the new group gets the permissions of all others.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) if the operating system reports an error; an existing file is then unchanged. The exception is
/// a folder that cannot be synced ("cannot sync the folder of …"): the new file is in place, but may not survive a power failure.
#[cfg(feature = "std")]
pub fn write_atomically(path: impl AsRef<std::path::Path>, bytes: &[u8]) -> crate::Result<()> {
    crate::file::write_atomically(path.as_ref(), |writer| std::io::Write::write_all(writer, bytes))
}

/// Returns where [`write_atomically`] would put a file named `path`, after checking that it can: to be called before hours of work
/// whose result is to be written there. It leaves no file, and an existing file stays as it is.
///
/// The destination is a path without links, so two names of one file have the same destination. `None` means that it is not a
/// file: a device, a pipe (which is not opened, because it may have no reader yet), or this process's standard output.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) as [`write_atomically`], as far as errors can be found beforehand.
#[cfg(feature = "std")]
pub fn destination(path: impl AsRef<std::path::Path>) -> crate::Result<Option<std::path::PathBuf>> {
    let path = path.as_ref();
    crate::file::destination(path).map_err(crate::file::cannot("write", path))
}

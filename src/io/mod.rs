//! What outlives the process: model files, models inside the binary, and models for other runtimes.
//!
//! - [`save`] and [`load`] write and read a network's parameters as a [safetensors] file, with its [`Card`];
//!   [`to_bytes`] and [`from_bytes`] do so without a file system;
//! - [`Model`] is a network with its card: what a program that only predicts wants;
//! - [`Embedded`] is a model inside the binary, by `include_bytes!`;
//! - [`Checkpoints`] keeps a training, so that it can be killed and gone on with; [`save_checkpoint`] and [`load_checkpoint`] do
//!   so for loops written by hand, [`checkpoint_to_bytes`] and [`checkpoint_from_bytes`] without a file system;
//! - `onnx::to_onnx`, by the feature `onnx`, writes a network as an ONNX model;
//! - [`write_atomically`] is how files are written here: whole, or not at all; [`destination`] says beforehand where to.
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
//! let network = Net::new(1); // trained, one hopes
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("cats.safetensors");
//! let card = Card {
//!     preprocessing: Some(Normalize::new(0.45, 0.22)),
//!     classes: vec!["cat".into(), "not a cat".into()],
//! };
//! shapeproof::io::save(&path, &*network, &card)?;
//!
//! let model = Model::<Net>::load(&path)?;
//! let scores = model.predict(&model.input(&[128; 9 * 7]));
//! println!("{} {:.2}", model.card.classes[0], scores[[0, 0, 0]]);
//! # Ok::<(), shapeproof::Error>(())
//! ```
//!
//! # What is in a file
//! One tensor for each parameter, called what [`Parameter`](crate::layer::Parameter) prints: `3.weight`, or `conv1.weight`
//! for a layer of that [name](crate::layer::Named), and inside a block `3.body.0.weight`. These are the names that PyTorch's
//! `nn.Sequential` gives the same network, and shapes, order of axes and meaning are PyTorch's too, so either loads what the
//! other saved:
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
//! PyTorch counts mini-batches in `num_batches_tracked`, an integer that means nothing as long as BatchNorm has a momentum: it
//! is written as 0, and read over. The example `pytorch.py` shows a matching module, and goes both ways.
//!
//! A [`Residual`](crate::layer::Residual) block is this module there, each branch an `nn.Sequential`:
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
//! The file's metadata have one entry, `shapeproof`, a JSON object:
//!
//! | | |
//! |---|---|
//! | `sha256` | the checksum of all bytes of the file, in 64 digits, computed with zeros in their place |
//! | `format` | 1 |
//! | `version` | of the crate that wrote it |
//! | `architecture` | the network's [summary](crate::network::Summary), to be read by people |
//! | `preprocessing` | `mean` and `std`, see [`Normalize`](crate::data::Normalize) |
//! | `classes` | a name for each output |
//! | `golden` | inputs, and what the network said about them when it was saved |
//! | `training` | in a [checkpoint](Checkpoints): steps, settings, plan and kind of processor; the rest is in tensors called `training/…` |
//!
//! A file without that entry, one from PyTorch say, is loaded as weights alone.
//!
//! # What is checked
//! Everything, before the first parameter is touched; [`Error::Model`](crate::Error::Model) then names all that is wrong, up to 20
//! lines of it:
//! - the file is whole, and no length in it is believed before it is compared with the bytes there are;
//! - its bytes are those that were written. SHA-256 finds every bit that a disk or a copy has changed. It is no proof of where a
//!   file comes from: whoever can write the file can write the checksum. Files by other programs have none;
//! - every tensor is there, none is there that should not, each has its shape and a type that can be widened to the network's
//!   (F16, BF16 and F32 to `f32`; F64 as well to `f64`);
//! - every number is finite, and no `running_var`, of which a root is taken, is below 0;
//! - the card fits the network, and names of classes can be printed: no control characters, 256 bytes at most;
//! - the network says about the golden inputs what it said when it was saved. This finds what names and shapes cannot: another
//!   activation, stride or padding. The inputs are random, not samples: a file gives away nothing of what it was trained on.
//!   Kinds of processor differ in the last bits, so outputs may be off by 10⁻⁴ of the largest of them (plus 10⁻⁶; in `f64`,
//!   10⁻¹⁰ plus 10⁻¹²): a hundred times what rounding makes of networks of this size, and too little to be seen. A file whose
//!   weights have been rounded since, to F16 or BF16, may be off by 10⁻² or 10⁻¹;
//! - of a checkpoint, that its steps, epochs and learning rates can have come of a training.
//!
//! Checksum, range and golden pairs can be waived by [`Checks`].
//!
//! # Limits
//! How large a file may be follows from the type of the network, so that one of any size is refused before it is read:
//!
//! | | at most |
//! |---|---|
//! | header | 4 MiB, room for the golden pairs, and 1 KiB for each output and for each of ten times the tensors |
//! | tensors | 10,000, and ten times those of the network |
//! | file | the header, 40 bytes for each parameter, and 64 MiB: a checkpoint has five networks, and tables of up to 900,000 epochs |
//! | steps of a training | 2⁵³ |
//! | factor of its learning rate | 10¹² |
//!
//! What would not be read is not written either. If there is no memory for the whole file, that is an error. If a small
//! allocation fails, Rust ends the process; the file on the disk is then the old one or the new one.
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

/// Writes the file `path`, so that it is seen with all its contents or not at all, whoever looks and whenever the power fails.
///
/// The bytes go to a temporary file beside it, which takes its name once they are safely on the disk.
///
/// | what is at `path` | |
/// |---|---|
/// | nothing | a file with the usual mode |
/// | a file | keeps its mode, and its owner and group where the system lets it; other hard links keep the old contents |
/// | a link | is followed: the file it leads to is written, or made |
/// | a device, a pipe | is written through, and not synced: there is nothing to replace |
/// | this process's standard output or error (`/dev/stdout`) | likewise, also if it is a file |
/// | a folder | is refused |
///
/// A file that may not be written to is refused as well, although it could be replaced. Extended attributes and access control
/// lists are not kept. Where the group cannot be kept, it may do from now on what everybody may.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) if the operating system refuses; a file of that name is then what it was. Only if it is the
/// folder that could not be synced ("cannot sync the folder of …"), the new one has taken its place: the power may still fail it.
#[cfg(feature = "std")]
pub fn write_atomically(path: impl AsRef<std::path::Path>, bytes: &[u8]) -> crate::Result<()> {
    crate::file::write_atomically(path.as_ref(), |writer| std::io::Write::write_all(writer, bytes))
}

/// Where [`write_atomically`] would put a file called `path`, and that it could: to be asked before hours of work whose result is to
/// go there. Nothing is left behind, and a file that is there stays as it is.
///
/// That is the file at the end of the links, in a folder without links, so two names of one file have the same destination. `None`
/// stands for what is no file: a device, a pipe (which is not opened, as nobody may read it yet), this process's standard output.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) as [`write_atomically`], as far as it can be known before.
#[cfg(feature = "std")]
pub fn destination(path: impl AsRef<std::path::Path>) -> crate::Result<Option<std::path::PathBuf>> {
    let path = path.as_ref();
    crate::file::destination(path).map_err(crate::file::cannot("write", path))
}

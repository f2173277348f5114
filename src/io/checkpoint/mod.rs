//! Checkpoints: the state of a training in a file, from which it can be resumed.

mod file;
mod folder;
mod note;
mod resume;
mod sense;
mod tables;

use alloc::vec::Vec;
use core::fmt;
use std::path::Path;

use super::Card;
use super::model::read;
use super::refusal::within;
use crate::Result;
use crate::layer::Module;
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::train::{State, Trainer};

pub use folder::Checkpoints;
pub use note::Note;

/// Writes a checkpoint: a [model file](super) of `card` and the network to predict with, which also contains everything the next
/// training step depends on. The file is written [atomically](super::write_atomically).
///
/// [`Checkpoints`] does this for a [`fit`](Trainer::fit); this function is for hand-written loops.
///
/// # Errors
/// [`Error::Model`] if a number is not finite, if `card` does not fit the network, or if the state could not be loaded again (for
/// example, a learning rate multiplied by more than 10¹²). [`Error::Io`] if the operating system reports an error; an existing
/// file is then unchanged.
///
/// [`Error::Model`]: crate::Error::Model
/// [`Error::Io`]: crate::Error::Io
pub fn save_checkpoint<N: Module>(path: impl AsRef<Path>, state: &State<N>, card: &Card) -> Result<()> {
    let path = path.as_ref();
    super::write_atomically(path, &file::to_bytes(state, card).map_err(within(path.display()))?)
}

/// Restores the state of `trainer` from a checkpoint. With the same data and on the same kind of processor, the training then
/// continues with the same bits.
///
/// ```
/// use shapeproof::io::{Card, load_checkpoint, save_checkpoint};
/// # use shapeproof::data::{Dataset, Pairs, shuffle::Shuffle};
/// # use shapeproof::{loss::CrossEntropy, network::Network, optim::SGD, tensor::Vector, train::{Settings, Trainer}};
/// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
/// # let (inputs, folder) = ([[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from), tempfile::tempdir().unwrap());
/// # let (xor, path) = (Pairs::new(&inputs, &[0, 1, 1, 0]), folder.path().join("xor.safetensors"));
///
/// let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1), Settings::default())?;
/// if path.exists() {
///     load_checkpoint(&path, &mut trainer)?;
/// }
/// let mut order = Shuffle::new(xor.len(), 1);
/// while trainer.steps() < 20 {
///     let epoch = trainer.steps(); // of a single step here, on all samples
///     trainer.step(&xor, order.epoch(epoch));
///     save_checkpoint(&path, trainer.state(), &Card::default())?;
/// }
/// # Ok::<(), shapeproof::Error>(())
/// ```
///
/// If the checkpoint was written on another kind of processor, the last bits will differ. In that case a [`Note`] is returned.
///
/// # Errors
/// [`Error::Model`], with everything that is wrong, if the file is damaged, is not a checkpoint, contradicts itself, or has
/// different layers, layer settings, batch size, shard size, seed, averaging or optimizer. [`Error::Io`] if the file cannot be
/// read, [`Error::Format`] if it is too large for a checkpoint of this network. `trainer` is then unchanged.
///
/// [`Error::Model`]: crate::Error::Model
/// [`Error::Io`]: crate::Error::Io
/// [`Error::Format`]: crate::Error::Format
pub fn load_checkpoint<N, L, O>(path: impl AsRef<Path>, trainer: &mut Trainer<N, L, O>) -> Result<Option<Note>>
where
    N: Module,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    let path = path.as_ref();
    take(&read::<N>(path)?, path.display(), trainer)
}

/// The bytes of a checkpoint, to be stored elsewhere than in a file: see [`save_checkpoint`].
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a number is not finite or `card` does not fit the network.
pub fn checkpoint_to_bytes<N: Module>(state: &State<N>, card: &Card) -> Result<Vec<u8>> {
    file::to_bytes(state, card).map_err(within("the checkpoint"))
}

/// Restores the state of `trainer` from the bytes of a checkpoint: see [`load_checkpoint`].
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) as [`load_checkpoint`]; `trainer` is then unchanged.
pub fn checkpoint_from_bytes<N, L, O>(bytes: &[u8], trainer: &mut Trainer<N, L, O>) -> Result<Option<Note>>
where
    N: Module,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    take(bytes, "the checkpoint", trainer)
}

fn take<N, L, O>(bytes: &[u8], place: impl fmt::Display, trainer: &mut Trainer<N, L, O>) -> Result<Option<Note>>
where
    N: Module,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    let read = file::from_bytes(bytes, trainer.state()).map_err(within(&place))?;
    let note = read.note(&place);
    *trainer.state_mut() = read.state;
    Ok(note)
}

//! Checkpoints: trainings that outlive their process.

mod file;
mod folder;
mod machine;
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
use crate::layer::Layer;
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::train::{State, Trainer};

pub use folder::Checkpoints;
pub use note::Note;

/// Writes a checkpoint: a [model file](super) of `card` and the network to predict with, which also has everything that the
/// training's next step depends on. The file is seen whole or not at all.
///
/// [`Checkpoints`] does so for a [`fit`](Trainer::fit); this is for loops written by hand.
///
/// # Errors
/// [`Error::Model`] if a number is not finite, if `card` does not fit the network, or if the training has come to what it could not
/// be brought back from (a learning rate multiplied by more than 10¹², say). [`Error::Io`] if the operating system refuses; a
/// file of that name is then what it was.
///
/// [`Error::Model`]: crate::Error::Model
/// [`Error::Io`]: crate::Error::Io
pub fn save_checkpoint<N: Layer>(path: impl AsRef<Path>, state: &State<N>, card: &Card) -> Result<()> {
    let path = path.as_ref();
    super::write_atomically(path, &file::to_bytes(state, card).map_err(within(path.display()))?)
}

/// Brings `trainer` to where the training was that a checkpoint is of. With the same data, and on the same kind of processor,
/// it then goes on to the same bits as that one.
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
/// If it was written on another kind of processor, the last bits will be others: that is the [`Note`] that is returned.
///
/// # Errors
/// [`Error::Model`] if the file is damaged or no checkpoint, if it says what cannot be, or if layers and their settings, batch
/// size, shard size, seed, averaging or optimizer are not what they were: with all that is wrong. [`Error::Io`] if the file cannot
/// be read, [`Error::Format`] if it is too large for one of this network. `trainer` is then as it was.
///
/// [`Error::Model`]: crate::Error::Model
/// [`Error::Io`]: crate::Error::Io
/// [`Error::Format`]: crate::Error::Format
pub fn load_checkpoint<N, L, O>(path: impl AsRef<Path>, trainer: &mut Trainer<N, L, O>) -> Result<Option<Note>>
where
    N: Layer,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    let path = path.as_ref();
    take(&read::<N>(path)?, path.display(), trainer)
}

/// The bytes of a checkpoint, for who keeps them elsewhere than in a file: see [`save_checkpoint`].
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if a number is not finite or `card` does not fit the network.
pub fn checkpoint_to_bytes<N: Layer>(state: &State<N>, card: &Card) -> Result<Vec<u8>> {
    file::to_bytes(state, card).map_err(within("the checkpoint"))
}

/// Brings `trainer` to where the training was that these bytes are a checkpoint of: see [`load_checkpoint`].
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) as [`load_checkpoint`]; `trainer` is then as it was.
pub fn checkpoint_from_bytes<N, L, O>(bytes: &[u8], trainer: &mut Trainer<N, L, O>) -> Result<Option<Note>>
where
    N: Layer,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    take(bytes, "the checkpoint", trainer)
}

fn take<N, L, O>(bytes: &[u8], place: impl fmt::Display, trainer: &mut Trainer<N, L, O>) -> Result<Option<Note>>
where
    N: Layer,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    let read = file::from_bytes(bytes, trainer.state()).map_err(within(&place))?;
    let note = read.note(&place);
    *trainer.state_mut() = read.state;
    Ok(note)
}

//! Models: a network's parameters and its card, written and read.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
#[cfg(feature = "std")]
use std::path::Path;

use super::format::{Parsed, serialize};
#[cfg(feature = "std")]
use super::header::Limits;
use super::refusal::{Refusal, within};
use super::{Card, Checks};
use crate::data::Pixels;
use crate::error::Result;
use crate::layer::Module;
use crate::network::Network;

/// A network with what is needed to use it.
///
/// ```
/// use shapeproof::io::{Card, Model};
/// use shapeproof::network::Network;
/// use shapeproof::tensor::Vector;
///
/// shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 2) }
/// let model = Model { network: Net::new(1), card: Card { classes: vec!["no".into(), "yes".into()], ..Card::default() } };
/// let again = Model::<Net>::from_bytes(&model.to_bytes()?)?;
///
/// let input = Vector::from([0.5, -1.0]);
/// assert_eq!(again.predict(&input), model.predict(&input));
/// assert_eq!(again.card, model.card);
/// # Ok::<(), shapeproof::Error>(())
/// ```
pub struct Model<N> {
    /// The network.
    pub network: Box<N>,
    /// Its preprocessing and class names.
    pub card: Card,
}

impl<N: Module> Model<N> {
    /// Reads the model from a file's bytes, with all checks of [`from_bytes`].
    ///
    /// # Errors
    /// As [`from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Model<N>> {
        let (network, card) = parse(bytes, Checks::default()).map_err(within("the model"))?;
        Ok(Model { network, card })
    }

    /// The bytes of a model file.
    ///
    /// # Errors
    /// As [`to_bytes`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        to_bytes(&*self.network, &self.card)
    }

    /// Reads the model from a file, with all checks of [`load`].
    ///
    /// # Errors
    /// As [`load`].
    #[cfg(feature = "std")]
    pub fn load(path: impl AsRef<Path>) -> Result<Model<N>> {
        let path = path.as_ref();
        let (network, card) = parse(&read::<N>(path)?, Checks::default()).map_err(within(path.display()))?;
        Ok(Model { network, card })
    }

    /// Writes the model to a file, as [`save`] does.
    ///
    /// # Errors
    /// As [`save`].
    #[cfg(feature = "std")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save(path, &*self.network, &self.card)
    }

    /// Converts pixels to an input by the card's preprocessing, or to numbers from 0 to 1 without one.
    ///
    /// # Panics
    /// If the number of pixels is not that of the values in the network's input, or if the order of the pixels is not
    /// [named](Pixels) where it makes a difference.
    pub fn input<'p>(&self, pixels: impl Into<Pixels<'p>>) -> Box<N::Input> {
        let mut input = crate::tensor::boxed();
        self.card.normalize().apply(pixels, &mut *input);
        input
    }

    /// The network's output for one input. It allocates on every call; for many inputs, or without a heap, use
    /// [`Network::predict`].
    pub fn predict(&self, input: &N::Input) -> Box<N::Output> {
        let mut output = crate::tensor::boxed();
        let (input, to) = (core::slice::from_ref(input), core::slice::from_mut(&mut *output));
        self.network.predict::<1>(input, to, &mut N::workspace::<1>());
        output
    }
}

impl<N> fmt::Debug for Model<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("card", &self.card).finish_non_exhaustive()
    }
}

/// The bytes of a model file: the parameters of `network`, `card`, and golden pairs. The same network gives the same bytes.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) if `card` does not fit the network, if a parameter or a golden output is not finite, if a
/// variance is below 0, if two parameters have the same name, or if the file would be larger than may be [read](crate::io#limits).
pub fn to_bytes<N: Module>(network: &N, card: &Card) -> Result<Vec<u8>> {
    serialize(network, card, None).map_err(within("the model"))
}

/// Reads a model file's bytes into `network`, and returns its card. The [module documentation](crate::io) lists the checks; if one
/// fails, `network` is unchanged.
///
/// # Errors
/// [`Error::Model`](crate::Error::Model) with everything that is wrong.
pub fn from_bytes<N: Module>(bytes: &[u8], network: &mut N) -> Result<Card> {
    from_bytes_with(bytes, network, Checks::default())
}

/// [`from_bytes`], with some of the checks disabled.
///
/// # Errors
/// As [`from_bytes`].
pub fn from_bytes_with<N: Module>(bytes: &[u8], network: &mut N, checks: Checks) -> Result<Card> {
    let (read, card) = parse::<N>(bytes, checks).map_err(within("the model"))?;
    network.copy_from(&read);
    Ok(card)
}

/// Writes [`to_bytes`] to a model file, [atomically](super::write_atomically). Before a long training, [`Card::check`] finds a card
/// that could not be written after it.
///
/// # Errors
/// As [`to_bytes`], and [`Error::Io`](crate::Error::Io).
#[cfg(feature = "std")]
pub fn save<N: Module>(path: impl AsRef<Path>, network: &N, card: &Card) -> Result<()> {
    let path = path.as_ref();
    super::write_atomically(path, &serialize(network, card, None).map_err(within(path.display()))?)
}

/// Reads a model file into `network`, and returns its card: [`from_bytes`] of the file's contents.
///
/// # Errors
/// As [`from_bytes`], and [`Error::Io`](crate::Error::Io).
#[cfg(feature = "std")]
pub fn load<N: Module>(path: impl AsRef<Path>, network: &mut N) -> Result<Card> {
    load_with(path, network, Checks::default())
}

/// [`load`], with some of the checks disabled.
///
/// # Errors
/// As [`load`].
#[cfg(feature = "std")]
pub fn load_with<N: Module>(path: impl AsRef<Path>, network: &mut N, checks: Checks) -> Result<Card> {
    let path = path.as_ref();
    let (read, card) = parse::<N>(&read::<N>(path)?, checks).map_err(within(path.display()))?;
    network.copy_from(&read);
    Ok(card)
}

fn parse<N: Module>(bytes: &[u8], checks: Checks) -> Result<(Box<N>, Card), Refusal> {
    Ok(Parsed::new::<N>(bytes, checks.checksum)?.model(checks)?)
}

/// Reads the bytes of a model file for a network of type `N`, unchecked. A file that may be of one network or another can thus be
/// read once and passed to [`from_bytes`] for each; a pipe can only be read once.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) if the file cannot be read; [`Error::Format`](crate::Error::Format) if it exceeds the
/// [limits](crate::io#limits) or is a folder.
#[cfg(feature = "std")]
pub fn read<N: Module>(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    crate::file::read(path.as_ref(), Limits::of::<N>().file)
}

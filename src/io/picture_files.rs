//! Predictions from picture files, by the rule in the model's card: the one by which the pictures of the training were made to fit.

use std::borrow::Borrow;
use std::boxed::Box;
use std::path::Path;
use std::vec::Vec;

use super::{Model, Prediction, Predictor};
use crate::data::{Pixels, images};
use crate::error::{Error, Result};
use crate::layer::Module;
use crate::shape::Shape;

impl<N: Module> Model<N> {
    /// The most probable class of a picture in a PNG or JPEG file of any size, its name and its probability (feature `images`).
    ///
    /// The picture becomes an input of the network as those of the training did: it is decoded as in a
    /// [folder of pictures](crate::data::images#from-a-file-to-a-sample), to the size and the colors of the network's input, by the
    /// card's [rule](crate::data::Resize), and converted by the card's preprocessing. For many pictures, use a [`Predictor`].
    ///
    /// ```
    /// use shapeproof::data::Resize;
    /// use shapeproof::prelude::*;
    ///
    /// network! { type Pets = [3, 8, 8] => Flatten, Dense(units = 2) }
    ///
    /// # fn main() -> shapeproof::Result<()> {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let [pets, cat] = ["pets.safetensors", "cat.jpg"].map(|name| folder.path().join(name));
    /// # image::RgbImage::new(30, 20).save(&cat).unwrap();
    /// # let classes = vec!["cat".into(), "dog".into()];
    /// # let card = Card { resize: Some(Resize::default()), classes, ..Card::default() };
    /// # shapeproof::io::save(&pets, &*Pets::new(1), &card)?;
    /// let model = Model::<Pets>::load(pets)?;
    /// println!("{}", model.classify_file(cat)?); // cat 98.31 %
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A network whose input is no picture does not compile:
    /// ```compile_fail,E0080
    /// # use shapeproof::prelude::*;
    /// network! { type Net = [2, 8, 8] => Flatten, Dense(units = 2) }
    /// Model::<Net>::load("two.safetensors")?.classify_file("cat.jpg")?;
    /// # Ok::<(), shapeproof::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Format`] if the file is no whole picture; [`Error::Io`] if it cannot be read; [`Error::Setting`] if the card has no
    /// rule. If you know how the model was trained, set `model.card.resize`.
    pub fn classify_file(&self, path: impl AsRef<Path>) -> Result<Prediction<'_>> {
        Ok(self.classify(Pixels::Chw(&self.pixels(path.as_ref())?)))
    }

    /// The network's input for a picture in a PNG or JPEG file, as [`classify_file`](Model::classify_file) makes it (feature
    /// `images`). For [`predict`](Model::predict), which returns all outputs.
    ///
    /// # Errors
    /// As [`classify_file`](Model::classify_file).
    pub fn input_from_file(&self, path: impl AsRef<Path>) -> Result<Box<N::Input>> {
        Ok(self.input(Pixels::Chw(&self.pixels(path.as_ref())?)))
    }

    /// The pixels of a picture, channel by channel, in the size of the network's input.
    fn pixels(&self, path: &Path) -> Result<Vec<u8>> {
        const { assert!(matches!(N::Input::DIMS.channels, 1 | 3), "pictures have 1 channel (gray) or 3 (RGB)") };
        let rule = self.card.resize.ok_or_else(|| Error::Setting {
            setting: "card.resize",
            found: "none".into(),
            expected: "the rule by which the pictures of the training were made to fit".into(),
        })?;
        images::pixels(path, N::Input::DIMS, rule)
    }
}

impl<N: Module, M: Borrow<Model<N>>> Predictor<N, M> {
    /// The most probable class of a picture in a PNG or JPEG file, as [`Model::classify_file`] returns it (feature `images`). The
    /// network's memory is allocated once; decoding allocates.
    ///
    /// # Errors
    /// As [`Model::classify_file`].
    pub fn classify_file(&mut self, path: impl AsRef<Path>) -> Result<Prediction<'_>> {
        let pixels = self.model().pixels(path.as_ref())?;
        Ok(self.classify(Pixels::Chw(&pixels)))
    }
}

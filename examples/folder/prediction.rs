//! The classes of pictures, by a trained network.

use std::error::Error;
use std::io::{self, Write};

use shapeproof::io::Model;
use shapeproof::layer::Module;
use shapeproof::tensor::{Tensor, Vector};

use crate::networks::{SIDE, WithModel};
use crate::options::Options;
use crate::output::{complain, plain};

/// How many classes are printed for a picture.
const SHOWN: usize = 3;

pub struct Prediction<'a> {
    pub options: &'a Options,
    pub out: &'a mut dyn Write,
    /// Set if a picture could not be read.
    pub failed: &'a mut bool,
}

impl WithModel for Prediction<'_> {
    fn run<N, const K: usize>(self, model: Model<N>) -> Result<(), Box<dyn Error>>
    where
        N: Module<Scalar = f32, Input = Tensor<3, SIDE, SIDE>, Output = Vector<K>>,
    {
        for path in &self.options.predict {
            let input = match model.input_from_file(path) {
                Ok(input) => input,
                Err(error) => {
                    complain(&mut io::stderr(), &error);
                    *self.failed = true;
                    continue;
                }
            };
            let logits = model.predict(&input);
            // The outputs that are a class.
            let named = model.card.classes.iter().zip(logits.as_slice()).filter(|(name, _)| !name.is_empty());
            let max = logits.as_slice().iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut ranking: Vec<(&String, f64)> = named.map(|(name, &z)| (name, f64::from(z - max).exp())).collect();
            let sum: f64 = ranking.iter().map(|(_, power)| power).sum();
            ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
            writeln!(self.out, "{}", plain(path.display()))?;
            for (name, power) in ranking.iter().take(SHOWN) {
                writeln!(self.out, "{:6.2} %  {}", 100.0 * power / sum, plain(name))?;
            }
        }
        Ok(())
    }
}

//! The networks: the same architecture for up to 10 and up to 100 classes. For more, add a line to the table.
//!
//! The number of classes is part of a network's type, but here it is known only when the folder has been read. So the smallest network
//! with enough outputs is used. Outputs that are too many have no name; in the training, no picture is ever of their class, so they
//! become improbable. A program for one folder has one network, with `Dense(units = …)` for its classes.

use std::error::Error;
use std::path::Path;

use shapeproof::io::{self, Model};
use shapeproof::layer::Module;
use shapeproof::tensor::{Tensor, Vector};

/// The height and width to which pictures are fit.
pub const SIDE: usize = 64;

/// A function over a network with `K` outputs.
pub trait Program {
    type Output;

    fn run<N, const K: usize>(self) -> Result<Self::Output, Box<dyn Error>>
    where
        N: Module<Scalar = f32, Input = Tensor<3, SIDE, SIDE>, Output = Vector<K>>;
}

/// A function over a model that has been read.
pub trait WithModel {
    fn run<N, const K: usize>(self, model: Model<N>) -> Result<(), Box<dyn Error>>
    where
        N: Module<Scalar = f32, Input = Tensor<3, SIDE, SIDE>, Output = Vector<K>>;
}

macro_rules! networks {
    ($($name:ident: $outputs:literal,)*) => {
        $(
            shapeproof::network! {
                pub type $name = [3, 64, 64] =>
                    Conv2D(filters = 16, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU, // 16×32×32
                    Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU, // 32×16×16
                    Conv2D(filters = 64, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU, // 64×8×8
                    Conv2D(filters = 64, kernel = 3, padding = 1), BatchNorm, ReLU,
                    AvgPool2D(window = 8),                                                      // 64
                    Flatten,
                    Dense(units = $outputs),
            }
        )*

        /// Runs `program` with the smallest network for so many classes.
        ///
        /// # Errors
        /// Those of the program, or that there are too many classes.
        pub fn with<P: Program>(classes: usize, program: P) -> Result<P::Output, Box<dyn Error>> {
            $(
                if classes <= $outputs {
                    return program.run::<$name, $outputs>();
                }
            )*
            Err(format!("found {classes} classes, but the networks of this example have at most {MOST} outputs").into())
        }

        /// The most outputs.
        const MOST: usize = *[$($outputs),*].last().unwrap();

        /// Runs `program` with the model in a file, of any of the networks.
        ///
        /// # Errors
        /// Those of the program, or why the file is a model of none of the networks.
        pub fn load<P: WithModel>(path: &Path, program: P) -> Result<(), Box<dyn Error>> {
            // The file is read once, within the limits of the largest network.
            let bytes = io::read::<Largest>(path)?;
            $(
                if let Ok(model) = Model::<$name>::from_bytes(&bytes) {
                    return program.run::<$name, $outputs>(model);
                }
            )*
            Model::<Largest>::from_bytes(&bytes)?;
            Ok(())
        }
    };
}

networks! {
    Ten: 10,
    Hundred: 100,
}

type Largest = Hundred;

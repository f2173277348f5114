//! Small convolutional networks whose shapes are part of their types.
//!
//! A network whose layers do not fit together does not compile. One that compiles has its whole shape, and so its memory and its loop
//! bounds, known to the compiler. It is trained and used inside a Rust program, on the CPU.
//!
//! # A first program
//! From data to a trained network, its accuracy, a file, and a prediction:
//!
#![cfg_attr(all(feature = "std", feature = "safetensors"), doc = "```")]
#![cfg_attr(not(all(feature = "std", feature = "safetensors")), doc = "```ignore")]
//! use shapeproof::data::mnist::Mnist;
//! use shapeproof::prelude::*;
//!
//! network! {
//!     /// 28×28 grayscale digits to ten logits.
//!     type DigitNet = [1, 28, 28] =>
//!         Conv2D(filters = 8, kernel = 5, stride = 2), // 8×12×12
//!         ReLU,
//!         MaxPool2D(window = 2),                       // 8×6×6
//!         Flatten,                                     // 288
//!         Dense(units = 10),
//! }
//!
//! fn main() -> shapeproof::Result<()> {
//! #   let folder = tempfile::tempdir().unwrap();
//! #   std::env::set_current_dir(&folder).unwrap();
//!     let digits = Mnist::synthetic(1000, 200); // drawn by this crate; `Mnist::read("data/mnist")?` reads the real ones
//!     let (train, validation) = digits.train.split(HeldOut::Percent(10));
//!
//!     let card = Card::from(&train); // the names of the classes, and how pixels become numbers
//!     card.check::<DigitNet>()?; // before a training that could not be saved
//!
//!     let optimizer = SGD::new(0.03).nesterov(0.9);
//!     let mut trainer = Trainer::new(DigitNet::new(1), CrossEntropy::new(), optimizer, Settings::default())?;
//!     trainer.fit(&train, &validation, &Fit { epochs: 5, schedule: &Linear }, &mut [])?;
//!     println!("{}", trainer.evaluate(&digits.test)); // loss 0.3228   accuracy 91.00 %
//! #   assert!(trainer.evaluate(&digits.test).accuracy() > 0.8);
//!
//!     Model { network: trainer.into_network(), card }.save("digits.safetensors")?;
//!
//!     let model = Model::<DigitNet>::load("digits.safetensors")?;
//!     println!("{}", model.classify(&digits.test.images()[0])); // 9 91.44 %
//! #   assert_eq!(model.classify(&digits.test.images()[0]).class, usize::from(digits.test.labels()[0]));
//!     Ok(())
//! }
//! ```
//!
//! The [guide](_guide) goes on from here: it begins with [`cargo new`](_guide::first_program), and has chapters on [your own
//! data](_guide::your_own_data), [targets](_guide::targets), [prediction](_guide::prediction), and layers, losses and optimizers of your
//! own. [Recipes](_recipes) are short programs, each for one task. The [cookbook](_cookbook) tells how it all works, from the first loop
//! to a training, and a page of [comparison](_compare) what other libraries do and this one does not. The folder `examples` of the
//! repository has whole programs: `mnist` reaches 99.3 % on MNIST, `folder` trains on a folder of pictures, `predict` reads digits from
//! PNG files, `embedded_model` has its network in the binary, `custom_layer` has two layers of its own, `regression` predicts numbers,
//! `two_moons` draws what a classifier learns.
//!
//! # The gradient is a network
//! The gradient of a network has the type of the network, with `∂L/∂parameter` where the network has the parameter. The memory of an
//! optimizer has this type too, for example the momentum. So all of them have the same numbers in the same places, and the compiler
//! knows where.
//!
//! ```
//! # use shapeproof::prelude::*;
//! # network! {
//! #     type DigitNet = [1, 28, 28] =>
//! #         Conv2D(filters = 8, kernel = 5, stride = 2), ReLU, MaxPool2D(window = 2), Flatten, Dense(units = 10),
//! # }
//! use shapeproof::optim::step;
//!
//! let mut network = DigitNet::new(1); // a `Box<DigitNet>`, as the next two
//! let mut gradient = DigitNet::zeros(); // a backward pass adds to it
//! let mut momentum = [DigitNet::zeros()];
//! gradient.0.bias[7] = 2.0; // ∂L/∂bias of filter 7 of the first layer
//! step(&SGD::new(0.1).momentum(0.9), 0.1, 1, &mut *network, &gradient, &mut momentum);
//! assert_eq!((momentum[0].0.bias[7], network.0.bias[7]), (2.0, -0.2));
//! ```
//!
//! A [`Trainer`](train::Trainer) does this for you; [`gradients`](train::Trainer::gradients) shows the gradient before the step. One
//! method, [`visit`](layer::Module::visit), walks over the parameters of several such networks in step. Optimizers, files, moving
//! averages and gradient checks are written with it.
//!
//! # Tape and workspace
//! A layer holds its parameters and nothing else, and computing does not change it, so threads share a network. What is computed is
//! written to memory of the caller, which is allocated once and used again. So predictions and training steps [allocate
//! nothing](promises#memory) after the first.
//!
//! - A **[workspace](network::Network::workspace)** is for prediction: the outputs of all layers, for up to `N` samples. It is a plain
//!   type, so its size is a constant, like that of the network.
//! - A **[tape](layer::Tape)** is for training: what the backward pass needs from the forward pass. It holds the outputs of all layers
//!   and their gradients ([`activations`](train::limits::activations)), and what single layers add, such as the mask of a dropout. Each
//!   thread has one for up to 8 samples; a network with [`BatchNorm`](layer::BatchNorm) needs one for each shard.
//!
#![cfg_attr(feature = "std", doc = "```")]
#![cfg_attr(not(feature = "std"), doc = "```ignore")]
//! # use shapeproof::prelude::*;
//! # network! {
//! #     type DigitNet = [1, 28, 28] =>
//! #         Conv2D(filters = 8, kernel = 5, stride = 2), ReLU, MaxPool2D(window = 2), Flatten, Dense(units = 10),
//! # }
//! use shapeproof::layer::Module;
//! use shapeproof::train::limits;
//!
//! const NETWORK: usize = size_of::<DigitNet>();
//! const WORKSPACE: usize = size_of::<<DigitNet as Module>::Workspace<1>>();
//! const _: () = assert!(NETWORK + WORKSPACE <= 40_000, "a prediction takes more than 40 kB"); // or it does not compile
//!
//! println!("{NETWORK} bytes of parameters, {WORKSPACE} of workspace"); // 12392 and 26048
//! assert_eq!(limits::activations::<DigitNet>(), 23_120); // bytes of a tape for each sample
//! # assert_eq!(NETWORK, 12_392);
//! ```
//!
//! A training has the network, its gradient in each shard, the optimizer's memory, and the tapes. [`Trainer::new`](train::Trainer::new)
//! allocates all of it, and refuses what the machine does not have.
//!
//! # The way of a mini-batch
//! 1. [`fit`](train::Trainer::fit) [shuffles](data::shuffle::Shuffle) the indices of the dataset anew for each epoch, and cuts them into
//!    mini-batches of [`batch_size`](train::Settings::batch_size).
//! 2. A mini-batch is cut into shards of [`shard_size`](train::Settings::shard_size) samples, however many threads there are. Each
//!    [thread](train::Threads) takes one shard after another, and [loads](data::Dataset::load_augmented) its samples.
//! 3. In the forward pass, each layer of the [`Chain`](network::Chain) [computes](layer::Layer::forward) its output and writes the tape.
//!    A layer that needs the whole mini-batch waits for the other shards at a [barrier](layer::barrier).
//! 4. The [loss](loss::Loss::gradient) compares the output of each sample with its target, and writes the gradient of the output.
//! 5. In the [backward pass](layer::Layer::backward), from the last layer to the first, each layer adds to the gradient of its shard.
//! 6. The gradients of the shards are added, always in the same order: so the result has the same bits on any number of threads.
//! 7. The [optimizer](optim::Optimizer::update) updates each parameter by the gradient and its own memory, at the learning rate of the
//!    [schedule](optim::Schedule). Then the [moving average](train::Settings::average) follows, if there is one.
//! 8. After the last mini-batch of an epoch, the network is [evaluated](train::Trainer::evaluate) on the validation data, and
//!    [callbacks](train::Callback) are called: to print, save a [checkpoint](io::Checkpoints), or stop.
//!
//! # Without an operating system
//! With `default-features = false` the crate is `no_std`. A model, trained elsewhere, is a part of the program:
//!
//! ```toml
//! shapeproof = { version = "0.1", default-features = false, features = ["safetensors"] }
//! ```
#![cfg_attr(feature = "safetensors", doc = "```")]
#![cfg_attr(not(feature = "safetensors"), doc = "```ignore")]
//! # use shapeproof::prelude::*;
//! # network! {
//! #     type DigitNet = [1, 28, 28] =>
//! #         conv1: Conv2D(filters = 8, kernel = 3, padding = 1), PReLU, MaxPool2D(window = 2),
//! #         conv2: Conv2D(filters = 16, kernel = 3, padding = 1), PReLU, MaxPool2D(window = 2),
//! #         Flatten, Dropout(percent = 25), dense: Dense(units = 10),
//! # }
//! use shapeproof::io::Embedded;
//!
//! # const _: &str = stringify! {
//! static DIGITS: Embedded<DigitNet> = Embedded::new(include_bytes!("digits.safetensors"));
//! # };
//! # static DIGITS: Embedded<DigitNet> =
//! #     Embedded::new(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/digits.safetensors")));
//! # let pixels = shapeproof::data::synthetic::digits(1, 1).0[0];
//!
//! let mut predictor = Predictor::new(DIGITS.load()?); // allocates all that a prediction needs
//! let digit = predictor.classify(&pixels).class; // allocates nothing
//! # assert_eq!(digit, shapeproof::data::synthetic::digits(1, 1).1[0] as usize);
//! # Ok::<(), shapeproof::Error>(())
//! ```
//!
//! # Modules
//! In the order of the data flow:
//!
//! | module | contents |
//! |---|---|
//! | [`scalar`], [`shape`], [`tensor`] | `f32` and `f64`; shapes as values, and their rules; samples and batches |
//! | [`kernel`] | the arithmetic over slices: each operation's definition, and its fast version |
//! | [`data`] | datasets: arrays, IDX files, folders of pictures, MNIST and its like, synthetic digits; splits; the order of the samples |
//! | [`layer`] | the trait every layer implements, how to add one, and one file for each |
//! | [`mod@network`], [`network!`] | layers composed into one type |
//! | [`init`], [`gradient`] | initialization; gradient checks |
//! | [`loss`], [`optim`], [`metrics`] | losses, optimizers, measures of quality |
//! | [`train`] | training, on all cores |
//! | [`io`] | files: models, models inside the binary, models for other runtimes, checkpoints |
//! | [`prelude`] | the names of a first program |
//! | [`_guide`] | chapters on how to use all this, and how to extend it |
//! | [`_recipes`] | short programs, each for one task |
//! | [`_cookbook`] | chapters on how all this works, from the first loop to a training |
//! | [`_compare`] | facts beside other libraries, and what is not here |
//!
//! # Words
//! Shapes are written `[N, C, H, W]`: samples, channels, height, width. A sample is a [`Tensor`](tensor::Tensor), whose shape is
//! part of its type. A batch is a slice of samples, whose length is not. "Convolution" is cross-correlation, as usual in the field.
//!
//! # Features
//! - `std` (default) adds files, memory maps, threads, training, and the packed GEMM of `matrixmultiply`. Without it the crate links
//!   `alloc`, and inference never calls it.
//! - `safetensors` (default) adds model files, as bytes without `std`.
//! - `download` (default) adds `data::download`: MNIST, Fashion-MNIST and KMNIST from the internet, if a program asks for them. It
//!   brings an HTTP client without TLS; `https` adds TLS.
//! - `onnx` adds the export to ONNX.
//! - `portable` gives the same bits on every processor and in WebAssembly, at two to four times the time; see below.
//! - `images` adds `data::images`: folders of PNG and JPEG files, decoded by the crate `image`.
//! - `report` adds `train::Report`: a training as an HTML page, whose charts are drawn by the crate `plotters`; and event files for
//!   TensorBoard.
//! - `mpi` adds training in several processes, on one machine or many. It needs an MPI library, and libclang to compile.
//!
//! # Promises
//! [`promises`] lists all that is guaranteed, each line with the test of it: numerics, determinism, files, panics, memory, threads,
//! limits.
//!
//! # Determinism
//! A seed gives the same bits on any number of threads, on one kind of processor. Between kinds of processor, the GEMM's last bits
//! differ, unless the feature `portable` is on: then a training in a browser and one on a server end with the same weights.
//!
//! On x86-64, the environment variable `SHAPEPROOF_MAX_ISA` caps the instruction set at `avx2` or `sse2`, for measurements and tests; any
//! other value but `avx512` is a panic. It is read once. `matrixmultiply`, which multiplies large operands, chooses by itself.
#![no_std]
#![warn(missing_docs, clippy::unwrap_used)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "std")]
pub mod _compare;
#[cfg(feature = "std")]
pub mod _cookbook;
#[cfg(feature = "std")]
pub mod _guide;
#[cfg(feature = "std")]
pub mod _recipes;
mod aligned;
pub mod data;
pub mod error;
#[cfg(feature = "std")]
mod file;
pub mod gradient;
pub mod init;
pub mod io;
pub mod kernel;
pub mod layer;
mod layer_path;
pub mod loss;
mod memory;
pub mod metrics;
mod name;
pub mod network;
pub mod optim;
pub mod prelude;
pub mod promises;
mod rng_key;
pub mod scalar;
pub mod shape;
mod simd;
mod team;
pub mod tensor;
#[cfg(feature = "std")]
pub mod train;

pub use bytemuck;
pub use error::{Error, Result};
#[doc(hidden)]
pub use shapeproof_macros as __macros;

/// The README's code is compiled and run.
#[cfg(all(doctest, feature = "std", feature = "safetensors"))]
#[doc = include_str!("../README.md")]
struct Readme;

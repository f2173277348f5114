//! The command line.

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};

/// Train a small convolutional network on MNIST.
///
/// The exit status is 0 if all went well, 1 after an error, 2 if the command was not understood, 130 if the training was stopped, and
/// 141 if nobody reads what is printed. A training goes on unseen when nothing can be printed any more, if something is kept of it
/// (--save, --checkpoint, --report-dir, --tensorboard, --report, --onnx); the exit status tells afterwards.
#[derive(Parser)]
pub struct Options {
    /// Folder with the four IDX files of MNIST, which must not be written to meanwhile: they are memory-mapped
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Do not download MNIST if it is not found: use synthetic digits
    #[arg(long)]
    pub offline: bool,
    /// The network
    #[arg(long, value_enum, default_value_t = Choice::Reference)]
    pub network: Choice,
    /// How often every training image is seen; 0 to measure a loaded network as it is
    #[arg(long, default_value_t = 10)]
    pub epochs: u32,
    /// Images per step
    #[arg(long, default_value_t = 64)]
    pub batch_size: usize,
    /// Highest learning rate; it is reached after one epoch, then falls to zero along a cosine
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true)]
    pub lr: f64,
    /// How training images are changed at random
    #[arg(long, value_enum, default_value_t = Change::Shift)]
    pub augment: Change,
    /// Seed of the weights, the order of the images, their changes, and dropout
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Threads to compute on [default: all cores]
    #[arg(long)]
    pub threads: Option<usize>,
    /// Train in all processes that mpirun has started; the first one reads and writes files and prints
    #[cfg(feature = "mpi")]
    #[arg(long)]
    pub distributed: bool,
    /// Use only the first N images of the training set and of the test set
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(12..))]
    pub limit: Option<u32>,
    /// Print nothing but errors
    #[arg(long, short)]
    pub quiet: bool,
    /// Start from the weights in this model file
    #[arg(long, value_name = "FILE")]
    pub load: Option<PathBuf>,
    /// Write the trained network to this model file (safetensors)
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Keep the training in this folder, after every epoch and when it is stopped
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,
    /// Go on with the training in that folder, if there is one
    #[arg(long, requires = "checkpoint")]
    pub resume: bool,
    /// Write a report to this folder: report.html, one page with pictures, report.json and history.csv
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    /// Write event files for TensorBoard to this folder
    #[arg(long, value_name = "DIR")]
    pub tensorboard: Option<PathBuf>,
    /// Write every figure as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the trained network as an ONNX model
    #[cfg(feature = "onnx")]
    #[arg(long, value_name = "FILE")]
    pub onnx: Option<PathBuf>,
}

/// Which network.
#[derive(Clone, Copy, ValueEnum)]
pub enum Choice {
    /// 151,309 parameters: the network of the README
    Reference,
    /// 9,100 parameters: the network of examples/models
    Small,
}

/// How training images are changed at random.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Change {
    /// Not at all
    None,
    /// Shifted by up to one pixel in each direction
    Shift,
    /// Shifted, rotated, scaled and sheared, each a little
    Affine,
}

impl Options {
    /// Those of a process that trains with others and is not the first one: it prints and writes nothing.
    #[cfg(feature = "mpi")]
    pub fn silent(self) -> Options {
        let nothing = Options { quiet: true, save: None, report_dir: None, tensorboard: None, report: None, ..self };
        #[cfg(feature = "onnx")]
        let nothing = Options { onnx: None, ..nothing };
        nothing
    }

    /// What is to be written, and where.
    pub fn outputs(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let all = [
            ("--save", &self.save),
            ("--checkpoint", &self.checkpoint),
            ("--report-dir", &self.report_dir),
            ("--tensorboard", &self.tensorboard),
            ("--report", &self.report),
            #[cfg(feature = "onnx")]
            ("--onnx", &self.onnx),
        ];
        all.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?)))
    }
}

//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use shapeproof::data::resize;

/// Train a small convolutional network on a folder of PNG and JPEG files, or predict the classes of some.
///
/// Each subfolder of the folder is a class, unless a CSV file names the pictures and their classes. They are decoded once, to 64×64
/// pixels, and kept in the user's cache folder, where nobody must write to them meanwhile: they are memory-mapped. A part of each class
/// is held out; the network is measured on it after every epoch, and that of the best epoch is saved.
#[derive(Parser)]
pub struct Options {
    /// Folder of pictures to train on
    #[arg(value_name = "DIR", required_unless_present = "predict")]
    pub folder: Option<PathBuf>,
    /// CSV file of names (relative to DIR) and labels, instead of a subfolder for each class
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Predict the classes of these pictures, with a model that was trained before
    #[arg(long, value_name = "PICTURE", num_args = 1.., conflicts_with = "folder")]
    pub predict: Vec<PathBuf>,
    /// Model file (safetensors) to write after a training, or to predict with
    #[arg(long, value_name = "FILE", default_value = "folder.safetensors")]
    pub model: PathBuf,
    /// Write a report of the training to this folder: report.html, one page with pictures, report.json and history.csv
    #[arg(long, value_name = "DIR", conflicts_with = "predict")]
    pub report_dir: Option<PathBuf>,
    /// How a picture becomes square; the model remembers it for predictions
    #[arg(long, value_enum, default_value_t = Fit::Crop, conflicts_with = "predict")]
    pub fit: Fit,
    /// Leave out files that are no pictures or damaged, and name them
    #[arg(long)]
    pub skip_bad: bool,
    /// The user's cache folder [default: as the system names it]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Percentage of each class that is held out for validation
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=90))]
    pub validation: u8,
    /// How often every picture is seen
    #[arg(long, default_value_t = 20)]
    pub epochs: u32,
    /// Pictures per step
    #[arg(long, default_value_t = 32)]
    pub batch_size: usize,
    /// Highest learning rate
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true)]
    pub lr: f64,
    /// Seed of the split, the weights, and the order of the pictures
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// How a picture becomes square.
#[derive(Clone, Copy, ValueEnum)]
pub enum Fit {
    /// The square in the center
    Crop,
    /// The whole picture, on white
    Pad,
    /// The whole picture, distorted
    Stretch,
}

impl From<Fit> for resize::Fit {
    fn from(fit: Fit) -> resize::Fit {
        match fit {
            Fit::Crop => resize::Fit::Crop,
            Fit::Pad => resize::Fit::Pad,
            Fit::Stretch => resize::Fit::Stretch,
        }
    }
}

//! What ends all processes, with one message that names one of them.

use std::env;
use std::time::{Duration, Instant};

use shapeproof::Error;
use shapeproof::data::Dataset;
use shapeproof::prelude::*;
use shapeproof::train::Processes;

use super::common::training;
use super::mpirun;

network! { type Net = [1, 28, 28] => MaxPool2D(window = 4), Flatten, Dense(units = 10) }
network! { type Other = [1, 28, 28] => MaxPool2D(window = 4), Flatten, Dropout(percent = 1), Dense(units = 10) }

/// Digits, one of which cannot be read.
struct Broken<'a> {
    digits: Pairs<'a, Tensor<1, 28, 28>, usize>,
    at: Option<usize>,
}

impl Dataset for Broken<'_> {
    type Input = Tensor<1, 28, 28>;
    type Target = usize;

    fn len(&self) -> usize {
        self.digits.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> usize {
        self.digits.load(index, input)
    }

    fn load_augmented(&self, index: usize, seed: u64, input: &mut Self::Input, scratch: &mut Self::Input) -> usize {
        assert!(self.at != Some(index), "digit {index} cannot be read");
        self.digits.load_augmented(index, seed, input, scratch)
    }
}

/// A training that goes wrong in process 1.
fn train(case: &str, processes: Processes) -> Result<(), Error> {
    let is = |name: &str| case == name && processes.rank() == 1;
    let (mut inputs, mut labels) = training::digits(100);
    if is("pixel") {
        inputs[99].as_mut_slice()[300] += 1.0;
    }
    if is("label") {
        labels[7] = (labels[7] + 1) % 10;
    }
    let samples = if is("samples") { 99 } else { 100 };
    // Which process meets it depends on the order of the digits.
    let at = (case == "panic").then_some(70);
    let data = Broken { digits: Pairs::new(&inputs[..samples], &labels[..samples]), at };
    let settings = Settings {
        batch_size: if is("batch") { 20 } else { 40 },
        seed: if is("seed") { 2 } else { 1 },
        shard_size: 5,
        processes: Some(processes),
        ..Settings::default()
    };
    if is("network") {
        Trainer::new(Other::new(1), CrossEntropy::new(), SGD::new(0.1), settings)?;
    }
    let (weights, rate) = (if is("weights") { 2 } else { 1 }, if is("rate") { 0.2 } else { 0.1 });
    let mut trainer = Trainer::new(Net::new(weights), CrossEntropy::new(), SGD::new(rate), settings)?;
    if is("file") {
        shapeproof::io::load("/nowhere/model.safetensors", trainer.network_mut())?;
    }
    if is("end") {
        return Ok(());
    }
    if is("evaluation") {
        trainer.evaluate(&data);
    }
    if case == "step" {
        trainer.step(&data, if processes.rank() == 1 { &[1, 2, 3] } else { &[1, 2, 4] });
    }
    let epochs = if is("epochs") { 4 } else { 3 };
    trainer.fit(&data, &data, &Fit { epochs, schedule: &Constant }, &mut [])?;
    Ok(())
}

#[test]
#[ignore = "a part of another test"]
fn train_wrongly() {
    if mpirun::is_child() {
        let case = env::var("CASE").unwrap();
        Processes::run(|processes| train(&case, processes));
        println!("COMPLETE");
    }
}

#[test]
fn what_goes_wrong_in_one_process_ends_all_with_one_message() {
    let agree = "does not agree with process 0: ";
    let differs = "; all processes must do the same";
    for (case, expected) in [
        ("batch", format!("process 1 {agree}batch_size: found 20, expected 40")),
        ("seed", format!("process 1 {agree}seed: found 2, expected 1")),
        ("rate", format!("process 1 {agree}optimizer: found SGD, lr 0.2, expected SGD, lr 0.1")),
        ("network", format!("process 1 {agree}2 settings:\n    layer 2: found Dropout 1 %, expected Dense\n")),
        ("weights", format!("process 1 {agree}network and optimizer: found the checksum ")),
        ("pixel", format!("process 1 {agree}2 settings:\n    contents of the training data: found the checksum ")),
        ("label", format!("process 1 {agree}2 settings:\n    contents of the training data: found the checksum ")),
        ("samples", format!("process 1 {agree}4 settings:\n    contents of the training data: found the checksum ")),
        ("epochs", format!("process 1 {agree}epochs: found 4, expected 3")),
        ("step", "process 1 takes step 1 on 3 samples (their indices and the learning rate: ".to_string()),
        ("end", format!("process 1 has ended its work, and process 0 begins a training{differs}")),
        ("evaluation", format!("process 1 evaluates 100 samples, and process 0 begins a training{differs}")),
        ("file", "process 1 of 3: cannot open /nowhere/model.safetensors: ".to_string()),
        ("panic", "panicked: digit 70 cannot be read".to_string()),
    ] {
        if !mpirun::is_there() {
            return;
        }
        let start = Instant::now();
        let output = mpirun::output(mpirun::of_test(3, "refused::train_wrongly").env("CASE", case));
        let errors = mpirun::errors(&output);
        assert!(start.elapsed() < Duration::from_secs(5), "{case}: {errors}");
        assert!(errors.contains(&expected), "{case}: {errors}");
        assert!(!output.status.success() && mpirun::lines(&output, "COMPLETE").is_empty(), "{case}: {output:?}");
        assert_eq!(errors.matches(" of 3: ").count(), 1, "{case}: one message: {errors}");
    }
}

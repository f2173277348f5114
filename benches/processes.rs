//! Training in several processes against threads of one, and what the exchange of gradients costs:
//!
//! ```text
//! cargo bench --bench processes --features mpi
//! ```
//!
//! The program starts itself by `mpirun`, in rounds in which all cases take turns. Each thread of each process needs a free core.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::process::Command;
use std::time::Instant;

use common::digits::{DigitNet, digits};
use mpi::collective::{CommunicatorCollectives, SystemOperation};
use mpi::topology::SimpleCommunicator;
use shapeproof::layer::{Dense, Module};
use shapeproof::prelude::*;
use shapeproof::train::Processes;

network! {
    /// 0.15 million parameters, and barriers.
    type Normalized = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1), BatchNorm, ReLU, MaxPool2D(window = 2),
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), BatchNorm, ReLU, MaxPool2D(window = 2),
        Flatten, Dense(units = 128), BatchNorm, ReLU, Dense(units = 10),
}

/// 5 million parameters.
type Large = Dense<1000, 5000>;

/// The cases: what is timed, in how many processes, on how many threads of each.
const CASES: [(&str, usize, usize); 12] = [
    ("step of the reference network, batch 64", 1, 1),
    ("step of the reference network, batch 64", 1, 2),
    ("step of the reference network, batch 64", 2, 1),
    ("step of the reference network, batch 512", 1, 2),
    ("step of the reference network, batch 512", 2, 1),
    ("step with BatchNorm, batch 64", 1, 2),
    ("step with BatchNorm, batch 64", 2, 1),
    ("exchange of 0.15 M gradients", 2, 1),
    ("MPI_Allreduce of 0.15 M numbers", 2, 1),
    ("exchange of 5 M gradients", 2, 1),
    ("MPI_Allreduce of 5 M numbers", 2, 1),
    ("a barrier of a step: 129 numbers", 2, 1),
];

/// The milliseconds of one call of `work`, after some that are not counted.
fn time(calls: usize, mut work: impl FnMut()) -> f64 {
    (0..calls.min(10)).for_each(|_| work());
    let start = Instant::now();
    (0..calls).for_each(|_| work());
    start.elapsed().as_secs_f64() * 1e3 / calls as f64
}

fn step<N>(batch_size: usize, threads: usize, processes: Processes, calls: usize) -> Result<f64, Box<dyn Error>>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let (images, labels) = digits(batch_size);
    let data = Pairs::new(&images, &labels);
    let order: Vec<u32> = (0..batch_size as u32).collect();
    let settings = Settings { batch_size, threads: Some(threads), processes: Some(processes), ..Settings::default() };
    let mut trainer = Trainer::new(N::new(1), CrossEntropy::new(), SGD::new(0.01).nesterov(0.9), settings)?;
    Ok(time(calls, || _ = trainer.step(&data, &order)))
}

fn all_reduce(numbers: usize, calls: usize) -> f64 {
    let (sent, mut received) = (vec![1.0f32; numbers], vec![0.0f32; numbers]);
    let world = SimpleCommunicator::world();
    time(calls, || world.all_reduce_into(&sent[..], &mut received[..], SystemOperation::sum()))
}

/// Times a case in the processes that `mpirun` has started, and prints the result.
fn measure(case: usize, calls: usize) {
    let (name, _, threads) = CASES[case];
    let milliseconds = |processes: Processes| -> Result<f64, Box<dyn Error>> {
        Ok(match name {
            "step of the reference network, batch 64" => step::<DigitNet>(64, threads, processes, calls)?,
            "step of the reference network, batch 512" => step::<DigitNet>(512, threads, processes, calls.div_ceil(8))?,
            "step with BatchNorm, batch 64" => step::<Normalized>(64, threads, processes, calls)?,
            "exchange of 0.15 M gradients" => time(10 * calls, processes.exchange::<DigitNet>()),
            "exchange of 5 M gradients" => time(calls, processes.exchange::<Large>()),
            "MPI_Allreduce of 0.15 M numbers" => all_reduce(151_309, 10 * calls),
            "MPI_Allreduce of 5 M numbers" => all_reduce(5_005_000, calls),
            _ => {
                let (sent, mut received) = ([1.0f64; 129], [0.0f64; 258]);
                let world = SimpleCommunicator::world();
                time(100 * calls, || world.all_gather_into(&sent[..], &mut received[..]))
            }
        })
    };
    Processes::run(|processes| {
        let milliseconds = milliseconds(processes)?;
        if processes.is_first() {
            println!("MILLISECONDS {milliseconds}");
        }
        Ok::<_, Box<dyn Error>>(())
    });
}

/// Times a case in processes of its own.
fn run(case: usize, calls: usize) -> Result<f64, Box<dyn Error>> {
    let (_, processes, _) = CASES[case];
    let mut command = Command::new("mpirun");
    command.args(["-n", &processes.to_string(), "--bind-to", "none"]).arg(env::current_exe()?);
    command.args(["case".to_string(), case.to_string(), calls.to_string()]);
    let allowed = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe"];
    let output = command.envs(allowed.map(|name| (name, "1"))).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.lines().find_map(|line| line.split_once("MILLISECONDS ")?.1.parse().ok());
    found.ok_or_else(|| String::from_utf8_lossy(&output.stderr).into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    if let [_, word, case, calls] = &arguments[..]
        && word == "case"
    {
        measure(case.parse()?, calls.parse()?);
        return Ok(());
    }
    if Command::new("mpirun").arg("--version").output().is_err() {
        println!("SKIPPED: there is no mpirun");
        return Ok(());
    }
    // `cargo bench -- --test` only checks that the benchmark runs.
    let (rounds, calls) = if arguments.iter().any(|argument| argument == "--test") { (1, 2) } else { (5, 100) };
    let mut times: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for _ in 0..rounds {
        for case in 0..CASES.len() {
            times.entry(case).or_default().push(run(case, calls)?);
        }
    }
    println!("{:42} processes × threads  milliseconds: median (lowest, highest)", "");
    for (case, mut times) in times {
        times.sort_by(f64::total_cmp);
        let (name, processes, threads) = CASES[case];
        let (lowest, highest) = (times[0], times[times.len() - 1]);
        println!(
            "{name:42} {processes} × {threads}                {:9.4} ({lowest:.4}, {highest:.4})",
            times[times.len() / 2]
        );
    }
    Ok(())
}

//! A process that is killed, at any moment: all end, and the training can be resumed, to the same bits.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use shapeproof::Error;
use shapeproof::io;
use shapeproof::prelude::*;
use shapeproof::train::{Processes, on_step};

use super::common::training;
use super::mpirun;

network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = 4, kernel = 3, stride = 2), BatchNorm, ReLU, MaxPool2D(window = 2), Flatten, Dropout(percent = 20),
        Dense(units = 10),
}

/// How often a process is killed: `KILLS`, or six times.
fn kills() -> usize {
    env::var("KILLS").map_or(6, |kills| kills.parse().unwrap())
}

/// The longest time until a process is killed.
const LONGEST: Duration = Duration::from_millis(600);

/// How long a step takes at least while processes are killed.
const STEP: Duration = Duration::from_millis(2);

/// A training that is not over before the last kill, and keeps checkpoints.
fn train(folder: &Path, processes: Option<Processes>) -> Result<(), Error> {
    let (inputs, labels) = training::digits(300);
    let (train, validation) = Pairs::new(&inputs, &labels).split(HeldOut::Count(60));
    let settings = Settings { batch_size: 24, shard_size: 3, threads: Some(1), processes, ..Settings::default() };
    let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.05).nesterov(0.9), settings)?;
    let mut checkpoints = Checkpoints::resume(folder, &mut trainer)?.every(3);
    let slow = env::var_os("SLOW").is_some();
    let mut slow = on_step(|_, _| {
        if slow {
            sleep(STEP)
        }
    });
    let steps = kills() * (LONGEST.as_millis() / STEP.as_millis()) as usize;
    let fit = Fit { epochs: steps / 10 + 1, schedule: &Linear };
    trainer.resume(&train, &validation, &fit, &mut [&mut slow, &mut checkpoints])?;
    if processes.is_none_or(Processes::is_first) {
        io::save(folder.join("done"), trainer.network(), &Card::default())?;
    }
    Ok(())
}

#[test]
#[ignore = "a part of another test"]
fn train_slowly() {
    if mpirun::is_child() {
        // Open MPI says the rank before MPI is started.
        println!("PID {} {}", env::var("OMPI_COMM_WORLD_RANK").unwrap_or_default(), std::process::id());
        Processes::run(|processes| train(&PathBuf::from(env::var_os("FOLDER").unwrap()), Some(processes)));
    }
}

/// Starts the training, and returns it with the rank and the identifier of each of its processes.
fn start(folder: &Path, count: usize, slow: bool) -> (Child, Vec<(String, String)>) {
    let mut command = mpirun::of_test(count, "killed::train_slowly");
    command.env("FOLDER", folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    if slow {
        command.env("SLOW", "");
    }
    let mut job = command.spawn().unwrap();
    let lines = BufReader::new(job.stdout.as_mut().unwrap()).lines();
    let processes = lines.filter_map(|line| {
        let (rank, pid) =
            line.unwrap().split_once("PID ")?.1.split_once(' ').map(|(rank, pid)| (rank.into(), pid.into()))?;
        Some((rank, pid))
    });
    let processes = processes.take(count).collect();
    (job, processes)
}

fn is_running(pid: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
}

fn kill(signal: &str, pid: &str) {
    std::process::Command::new("kill").args([signal, pid]).status().unwrap();
}

#[test]
fn a_killed_process_ends_all_and_the_training_can_be_resumed() {
    if !mpirun::is_there() {
        return;
    }
    let [alone, killed] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    train(alone.path(), None).unwrap();
    // The same moments in each run of this test.
    let mut moments = (0..).map(|i: u64| i * 7919 % LONGEST.as_millis() as u64);
    for kill_number in 0..kills() {
        let count = 2 + kill_number % 3;
        let (mut job, processes) = start(killed.path(), count, true);
        assert_eq!(processes.len(), count);
        sleep(Duration::from_millis(moments.next().unwrap()));
        // One of the processes, or mpirun itself.
        let mpirun = ("mpirun".to_string(), job.id().to_string());
        let (rank, victim) = processes.get(kill_number % (count + 1)).unwrap_or(&mpirun);
        kill("-KILL", victim);
        let start = Instant::now();
        let status = job.wait().unwrap();
        while processes.iter().any(|(_, pid)| is_running(pid)) {
            assert!(start.elapsed() < Duration::from_secs(5), "kill {kill_number} of {rank}: {processes:?}");
            sleep(Duration::from_millis(10));
        }
        let mut errors = String::new();
        job.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert!(!status.success());
        if rank != "mpirun" && !rank.is_empty() {
            assert!(errors.contains(&format!("process rank {rank} ")), "mpirun names it: {errors}");
        }
        for entry in fs::read_dir(killed.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "safetensors") {
                io::load(&path, &mut *Net::new(9)).unwrap();
            }
        }
    }
    let (mut job, _) = start(killed.path(), 3, false);
    assert!(job.wait().unwrap().success());
    let [alone, killed] = [alone, killed].map(|folder| fs::read(folder.path().join("done")).unwrap());
    assert!(alone == killed, "resumed by other numbers of processes, it ends with the same bits");
}

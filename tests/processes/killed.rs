//! A process that is killed, at any moment: all end, and the training can be resumed, to the same bits.

use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

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
        let [folder, started] = ["FOLDER", "STARTED"].map(|name| PathBuf::from(env::var_os(name).unwrap()));
        // Open MPI says the rank before MPI is started.
        let rank = env::var("OMPI_COMM_WORLD_RANK").unwrap_or_default();
        fs::write(started.join(format!("{rank} {}", std::process::id())), "").unwrap();
        Processes::run(|processes| {
            fs::write(started.join(format!("{rank} {TRAINS}")), "").unwrap();
            train(&folder, Some(processes))
        });
    }
}

/// What a process says when MPI has started.
const TRAINS: &str = "trains";

/// A training in several processes.
struct Job {
    mpirun: Child,
    /// The rank and the identifier of each process.
    processes: Vec<(String, String)>,
}

/// Starts the training, and waits until all processes are there, or until they train.
fn start(folder: &Path, count: usize, slow: bool, until_they_train: bool) -> Job {
    // Open MPI 4.1 hangs now and then on a busy machine, before it has started all processes.
    for _ in 0..3 {
        let started = tempfile::tempdir().unwrap();
        let mut command = mpirun::of_test(count, "killed::train_slowly");
        command.env("FOLDER", folder).env("STARTED", started.path());
        if slow {
            command.env("SLOW", "");
        }
        let mut mpirun = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut processes, mut trains) = (Vec::new(), 0);
        let all_are_there = mpirun::within(mpirun::LONG, || {
            let names =
                fs::read_dir(started.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
            let said = names.map(|name| name.split_once(' ').map(|(rank, what)| (rank.into(), what.into())).unwrap());
            let (training, there) = said.partition::<Vec<(String, String)>, _>(|(_, what)| what == TRAINS);
            (processes, trains) = (there, training.len());
            processes.len() == count && (trains == count || !until_they_train)
        });
        if all_are_there {
            processes.sort();
            return Job { mpirun, processes };
        }
        eprintln!("{} of {count} processes are there, and {trains} train: once more", processes.len());
        mpirun.kill().unwrap();
        mpirun.wait().unwrap();
        assert!(
            mpirun::within(Duration::from_secs(5), || !processes.iter().any(|(_, pid)| is_running(pid))),
            "{processes:?}"
        );
    }
    panic!("mpirun does not start a training in {count} processes")
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
        // Every other time, the processes may not have started MPI yet.
        let (count, they_train) = (2 + kill_number % 3, kill_number % 2 == 1);
        let Job { mut mpirun, processes } = start(killed.path(), count, true, they_train);
        sleep(Duration::from_millis(moments.next().unwrap()));
        // One of the processes, or mpirun itself.
        let victim = processes.get(kill_number % (count + 1));
        kill("-KILL", victim.map_or(&mpirun.id().to_string(), |(_, pid)| pid));
        let all_end = mpirun::within(Duration::from_secs(5), || !processes.iter().any(|(_, pid)| is_running(pid)));
        assert!(all_end, "kill {kill_number} of {victim:?}: {processes:?}");
        // Open MPI 4.1 may wait for itself forever if a process was killed before MPI had started.
        if !mpirun::ends(&mut mpirun) {
            assert!(!they_train, "kill {kill_number} of {victim:?}: mpirun hangs");
            mpirun.kill().unwrap();
        }
        assert!(!mpirun.wait().unwrap().success());
        if let (Some((rank, _)), true) = (victim, they_train) {
            let mut errors = String::new();
            mpirun.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            assert!(errors.contains(&format!("process rank {rank} ")), "mpirun names {rank}: {errors}");
        }
        for entry in fs::read_dir(killed.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "safetensors") {
                io::load(&path, &mut *Net::new(9)).unwrap();
            }
        }
    }
    let Job { mut mpirun, .. } = start(killed.path(), 3, false, true);
    assert!(mpirun::ends(&mut mpirun), "mpirun hangs");
    assert!(mpirun.wait().unwrap().success());
    let [alone, killed] = [alone, killed].map(|folder| fs::read(folder.path().join("done")).unwrap());
    assert!(alone == killed, "resumed by other numbers of processes, it ends with the same bits");
}

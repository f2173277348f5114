//! Failing allocations while a model or a checkpoint is read or written, at each of the allocations.
//!
//! Rust aborts a process whose small allocations fail (SIGABRT). It can only be promised that it ends in no other way: no wrong
//! result, no memory error, and on disk either the old file or the new one. Allocations as large as the file can fail, and are
//! errors.
//!
//! The tests start this program again, with the number of the allocation that fails.
#![cfg(target_os = "linux")]
#![allow(unsafe_code)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use common::numbers::numbers;
use shapeproof::Error;
use shapeproof::data::Pairs;
use shapeproof::io::{self, Card, load_checkpoint, save_checkpoint};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::Vector;
use shapeproof::train::{Settings, Trainer};

shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 300), BatchNorm, Dense(units = 2) }

/// The system's allocator, in which one allocation of at least a given size fails.
struct Failing;

/// How many allocations succeed before one fails; none fails until this is set.
static LEFT: AtomicUsize = AtomicUsize::new(usize::MAX);
static LEAST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed to the system's allocator unchanged, or returns null, which is allowed.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let counts = layout.size() >= LEAST.load(Relaxed) && LEFT.load(Relaxed) != usize::MAX;
        if counts && LEFT.fetch_sub(1, Relaxed) == 0 {
            LEFT.store(usize::MAX, Relaxed);
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

type Xor = Trainer<Net, CrossEntropy<2>, SGD>;

fn trainer() -> Xor {
    let settings = Settings { batch_size: 2, threads: Some(1), average: Some(0.9), ..Settings::default() };
    Trainer::new(Net::new(3), CrossEntropy::new(), SGD::new(0.1).nesterov(0.9), settings).unwrap()
}

/// A trainer after this many steps.
fn after(steps: usize) -> Xor {
    let (inputs, mut trainer) = ([Vector::from([0.0, 1.0]), Vector::from([1.0, 1.0])], trainer());
    let data = Pairs::new(&inputs, &[0usize, 1]);
    for _ in 0..steps {
        trainer.step(&data, &[0, 1]);
    }
    trainer
}

#[test]
#[ignore = "not a test, but the process that the tests start"]
fn child() {
    let variable = |name| env::var(name).ok();
    let (Some(deed), Some(path)) = (variable("DEED"), variable("FILE")) else { return };
    let [fail, least] = ["FAIL", "LEAST"].map(|name| variable(name).unwrap().parse().unwrap());
    let (mut network, mut trainer, trained, card) = (Net::zeros(), trainer(), after(3), Card::default());
    LEAST.store(least, Relaxed);
    LEFT.store(fail, Relaxed);
    let result = match &*deed {
        "load" => io::load(&path, &mut *network).map(drop),
        "load checkpoint" => load_checkpoint(&path, &mut trainer).map(drop),
        "save" => io::save(&path, trained.network(), &card),
        _ => save_checkpoint(&path, trained.state(), &card),
    };
    let unused = LEFT.swap(usize::MAX, Relaxed) != usize::MAX;
    let right = match (&*deed, &result) {
        // A failed load must leave everything unchanged.
        ("load", Ok(())) => numbers(&*network) == numbers(trained.network()),
        ("load", Err(_)) => numbers(&*network) == numbers(&*Net::zeros()),
        ("load checkpoint", _) => trainer.steps() == if result.is_ok() { 3 } else { 0 },
        _ => true,
    };
    assert!(right, "{result:?}");
    if let Err(error) = &result {
        println!("error: {error}");
        assert!(matches!(error, Error::Io { .. } | Error::Model { .. }), "{error}");
    }
    // 0: done, and there was no such allocation. 3: an error. 4: done in spite of the failed allocation.
    std::process::exit(if result.is_err() {
        3
    } else if unused {
        0
    } else {
        4
    });
}

/// How a child ends in which the given allocation fails.
enum End {
    Done,
    Error,
    /// Done in spite of the failed allocation.
    Without,
    /// Aborted by Rust for lack of memory, or a panic about it, for a network that could not be allocated.
    Memory,
}

fn end(deed: &str, path: &Path, fail: usize, least: usize) -> End {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c 0; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
    command.args(["child", "--exact", "--ignored", "--nocapture"]).env("DEED", deed).env("FILE", path);
    // Resolving the names of functions would take longer than everything else.
    command.env("FAIL", fail.to_string()).env("LEAST", least.to_string()).env("RUST_BACKTRACE", "0");
    let Output { status, stderr, .. } = command.output().unwrap();
    let said = String::from_utf8_lossy(&stderr);
    match (status.code(), status.signal()) {
        (Some(0), _) => End::Done,
        (Some(3), _) => End::Error,
        (Some(4), _) => End::Without,
        (_, Some(6)) => End::Memory,
        (Some(101), _) if said.contains("memory") => End::Memory,
        _ => panic!("{deed}, allocation {fail}: {status}, {said}"),
    }
}

/// How the children end in which one allocation of at least this size fails, the first, the second, and so on, until a child makes
/// no more of them. `check` inspects the disk after each.
fn ends(deed: &str, path: &Path, least: usize, mut check: impl FnMut()) -> Vec<End> {
    let mut ends = Vec::new();
    loop {
        let end = end(deed, path, ends.len(), least);
        check();
        if let End::Done = end {
            return ends;
        }
        ends.push(end);
    }
}

/// A file and its contents: after two steps, and when rewritten after three.
fn versions(deed: &str, folder: &Path) -> (PathBuf, [Vec<u8>; 2]) {
    let path = folder.join("it.safetensors");
    let version = |steps| {
        let (trainer, card) = (after(steps), Card::default());
        match deed.ends_with("checkpoint") {
            true => save_checkpoint(&path, trainer.state(), &card).unwrap(),
            false => io::save(&path, trainer.network(), &card).unwrap(),
        }
        fs::read(&path).unwrap()
    };
    let versions = [2, 3].map(version);
    (path, versions)
}

/// Every allocation, of any size, while a file is written: the file is the old one or the new one.
fn writing(deed: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (path, [old, new]) = versions(deed, folder.path());
    fs::write(&path, &old).unwrap();
    let mut written = 0;
    let ends = ends(deed, &path, 0, || {
        let found = fs::read(&path).unwrap();
        assert!(found == old || found == new, "{} bytes", found.len());
        written += usize::from(found == new);
        fs::write(&path, &old).unwrap();
    });
    let aborted = ends.iter().filter(|end| matches!(end, End::Memory)).count();
    println!(
        "{deed}: {} allocations, {aborted} of them end the process, {written} after the file is written",
        ends.len()
    );
    assert!(written > 0 && aborted > 20);
}

/// Every allocation, of any size, while a file is read: nothing is read incorrectly. Failure of the largest, of the whole file, is
/// an error.
fn reading(deed: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (path, [_, new]) = versions(deed, folder.path());
    let all = ends(deed, &path, 0, || assert!(fs::read(&path).unwrap() == new));
    let errors = all.iter().filter(|end| matches!(end, End::Error)).count();
    println!("{deed}: {} allocations, {errors} of them end in an error", all.len());
    assert!(all.len() > 20 && errors > 0);
    let largest = ends(deed, &path, new.len(), || {});
    assert!(matches!(largest[..], [End::Error]), "the whole file is in memory once");
}

#[test]
fn a_model_is_read_rightly_or_not_at_all() {
    reading("load");
}

#[test]
fn a_checkpoint_is_read_rightly_or_not_at_all() {
    reading("load checkpoint");
}

#[test]
fn a_model_is_written_whole_or_not_at_all() {
    writing("save");
}

#[test]
fn a_checkpoint_is_written_whole_or_not_at_all() {
    writing("save checkpoint");
}

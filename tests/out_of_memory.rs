//! What happens when memory ends while a model or a checkpoint is read or written, at each of the allocations that takes.
//!
//! Rust ends a process whose small allocations fail (SIGABRT); nothing can be promised beyond that it ends so, and in no other way:
//! no wrong answer, no violation of memory, and on the disk the file that was there or the new one. What is as large as the file
//! says is asked for in a way that can fail, and is an error.
//!
//! The tests start this program again, with the number of the allocation that fails.
#![cfg(target_os = "linux")]
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use shapeproof::Error;
use shapeproof::data::Pairs;
use shapeproof::io::{self, Card, load_checkpoint, save_checkpoint};
use shapeproof::layer::{Layer, Position};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::{Tensor, zeros};
use shapeproof::train::{Settings, Trainer};

shapeproof::network! { type Net = [1, 30, 30] => Dense(units = 8), BatchNorm, Dense(units = 2) }

/// The system's allocator; of the allocations of at least so many bytes, one fails.
struct Failing;

/// An allocation fails when so many others have been made; not before somebody says which.
static LEFT: AtomicUsize = AtomicUsize::new(usize::MAX);
static LEAST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it is, or is answered with null, which it may be.
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

type Net2 = Trainer<Net, CrossEntropy<2>, SGD>;

fn trainer() -> Net2 {
    let settings = Settings { batch_size: 2, threads: Some(1), average: Some(0.9), ..Settings::default() };
    Trainer::new(Net::new(3), CrossEntropy::new(), SGD::new(0.1).nesterov(0.9), settings).unwrap()
}

/// A trainer after so many steps.
fn after(steps: usize) -> Net2 {
    let (inputs, mut trainer) = (zeros::<Tensor<1, 30, 30>>(2), trainer());
    let data = Pairs::new(&inputs, &[0usize, 1]);
    for _ in 0..steps {
        trainer.step(&data, &[0, 1]);
    }
    trainer
}

fn numbers(network: &Net) -> Vec<f32> {
    let mut all = Vec::new();
    Net::visit([network], [], Position::FIRST, &mut |_, [numbers], []| all.extend_from_slice(numbers));
    all
}

/// What a child does with the file it is given.
const DEEDS: [&str; 4] = ["load", "load checkpoint", "save", "save checkpoint"];

fn file(folder: &Path, steps: usize, deed: &str) -> PathBuf {
    folder.join(format!("{deed} {steps}.safetensors"))
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
        // What is not loaded leaves everything as it was.
        ("load", _) => {
            numbers(&network) == numbers(if result.is_ok() { trained.network() } else { &*Net::zeros() }).as_slice()
        }
        ("load checkpoint", _) => trainer.steps() == if result.is_ok() { 3 } else { 0 },
        _ => true,
    };
    assert!(right, "{result:?}");
    if let Err(error) = &result {
        println!("error: {error}");
        assert!(matches!(error, Error::Io { .. } | Error::Model { .. }), "{error}");
    }
    // 0: done, and there was no such allocation. 3: an error. 4: done without the one that failed.
    std::process::exit(if result.is_err() {
        3
    } else if unused {
        0
    } else {
        4
    });
}

fn run(deed: &str, path: &Path, fail: usize, least: usize) -> ExitStatus {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c 0; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
    command.args(["child", "--exact", "--ignored", "--nocapture"]).env("DEED", deed).env("FILE", path);
    command.env("FAIL", fail.to_string()).env("LEAST", least.to_string());
    command.output().unwrap().status
}

/// How the processes end in which one allocation of at least so many bytes fails, the first one, the second one …, up to the process
/// that makes no more of them. `check` looks at the disk after each.
fn ends(deed: &str, path: &Path, least: usize, mut check: impl FnMut()) -> Vec<ExitStatus> {
    let mut ends = Vec::new();
    loop {
        let status = run(deed, path, ends.len(), least);
        check();
        match status.code() {
            Some(0) => return ends,
            Some(3 | 4) => {}
            _ => assert_eq!(status.signal(), Some(6), "{deed}, allocation {}: {status}", ends.len()),
        }
        ends.push(status);
    }
}

/// Old files of each kind, and what they are when they have been written anew.
fn files(folder: &Path) -> Vec<(&'static str, PathBuf, [Vec<u8>; 2])> {
    let file_of = |deed: &'static str| {
        let [old, new] = [2, 3].map(|steps| {
            let (path, trainer) = (file(folder, steps, deed), after(steps));
            match deed.ends_with("checkpoint") {
                true => save_checkpoint(&path, trainer.state(), &Card::default()).unwrap(),
                false => io::save(&path, trainer.network(), &Card::default()).unwrap(),
            }
            fs::read(path).unwrap()
        });
        let steps = if deed.starts_with("load") { 3 } else { 2 };
        (deed, file(folder, steps, deed), [old, new])
    };
    DEEDS.map(file_of).into()
}

/// Every allocation, however small.
#[test]
fn whichever_allocation_fails_nothing_is_wrong_and_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    for (deed, path, versions) in files(folder.path()) {
        let mut written = 0;
        let ends = ends(deed, &path, 0, || {
            let found = fs::read(&path).unwrap();
            assert!(versions.contains(&found), "{deed}: {} bytes", found.len());
            written += usize::from(deed.starts_with("save") && found == versions[1]);
            if found == versions[1] && deed.starts_with("save") {
                fs::write(&path, &versions[0]).unwrap();
            }
        });
        let errors = ends.iter().filter(|status| status.code() == Some(3)).count();
        println!("{deed}: {} allocations, {errors} of them end in an error, {written} in a new file", ends.len());
        assert!(ends.len() > 20, "{deed}");
    }
}

/// What is as large as the file: an error, not the end of the process.
#[test]
fn a_file_larger_than_memory_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for (deed, path, [_, new]) in files(folder.path()).into_iter().filter(|(deed, ..)| deed.starts_with("load")) {
        let ends = ends(deed, &path, new.len(), || {});
        let codes: Vec<_> = ends.iter().map(|status| status.code()).collect();
        assert_eq!(codes, [Some(3)], "{deed}: the whole file is in memory once");
    }
}

//! Counts instructions by running this program again under callgrind.
//!
//! Callgrind counts while a function of a given name runs, and records the count each time it returns. All kernels are called
//! through one such function, so one run counts them all.

use std::error::Error;
use std::hint::black_box;
use std::process::Command;
use std::{env, fs, io};

use super::kernels::Kernel;
use super::record::Record;

/// The flag that tells this program that it is being counted.
pub const RUN: &str = "--run-counted";

/// The result of counting.
pub enum Counted {
    Record(Record),
    NoValgrind,
}

/// Calls every kernel twice: once to initialize its memory and detect the processor's features, and once to be counted.
pub fn run_counted(kernels: impl IntoIterator<Item = Kernel>) {
    println!("{}", vectors());
    for (_, mut work) in kernels {
        work();
        counted_by_callgrind(&mut *work);
    }
}

/// The name of the function below. (With a pattern instead of a name, callgrind counts but records nothing.)
const FUNCTION: &str = "instructions::callgrind::counted_by_callgrind";

#[inline(never)]
fn counted_by_callgrind(work: &mut dyn FnMut()) {
    work();
    black_box(()); // prevents a tail call
}

/// The count of every kernel, and the tools it was made with.
pub fn count(names: &[&str]) -> Result<Counted, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .args(["--toggle-collect=", "--dump-after="].map(|option| format!("{option}{FUNCTION}")))
        .arg(format!("--callgrind-out-file={}", folder.path().join("count").display()))
        .args([env::current_exe()?.as_os_str(), RUN.as_ref()])
        .output();
    let run = match run {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Counted::NoValgrind),
        run => run?,
    };
    if !run.status.success() {
        return Err(format!("valgrind: {}\n{}", run.status, String::from_utf8_lossy(&run.stderr)).into());
    }
    let mut counts = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let dump = folder.path().join(format!("count.{}", i + 1));
        let dump =
            fs::read_to_string(dump).map_err(|error| format!("callgrind wrote nothing down of {name}: {error}"))?;
        let count = dump.lines().find_map(|line| line.strip_prefix("totals: "));
        let count: u64 = count.ok_or_else(|| format!("callgrind wrote no totals of {name}"))?.trim().parse()?;
        if count == 0 {
            return Err(format!("callgrind counted nothing in {name}").into());
        }
        counts.push((name.to_string(), count));
    }
    let vectors = String::from_utf8(run.stdout)?;
    Ok(Counted::Record(Record { with: format!("{}, {}", tools()?, vectors.trim()), counts }))
}

/// The compiler with its target, the C library (which copies memory), and valgrind.
fn tools() -> io::Result<String> {
    let says = |program: &str, argument: &str| -> io::Result<String> {
        Ok(String::from_utf8_lossy(&Command::new(program).arg(argument).output()?.stdout).trim().to_string())
    };
    let rustc = says(&env::var("RUSTC").unwrap_or_else(|_| "rustc".to_string()), "-vV")?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or("an unknown target");
    let version = rustc.lines().next().unwrap_or("an unknown rustc");
    let libc = says("getconf", "GNU_LIBC_VERSION").unwrap_or_else(|_| "another C library".to_string());
    Ok(format!("{version} for {host}, {libc}, {}", says("valgrind", "--version")?))
}

/// The vectors of this processor; under valgrind, those of its emulated processor.
fn vectors() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            return "AVX-512";
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return "AVX2 with FMA";
        }
    }
    "the target's own vectors"
}

//! How many instructions each hot kernel takes, against a record.
//!
//! Times differ from run to run; counts repeat, so that a kernel which has become 3 % slower is seen on any machine, however
//! busy. Valgrind's callgrind counts, on a processor of its own making (with AVX2 and FMA, without AVX-512), so that the
//! machine it runs on does not matter either. Compiler, target, C library and valgrind do: where they are not those of the
//! record the check says so and is skipped.
//!
//! ```text
//! cargo bench --bench instructions                # compare with counts.txt
//! cargo bench --bench instructions -- --update    # write counts.txt
//! cargo bench --bench instructions -- --test      # run every kernel once, count nothing
//! ```
//!
//! An instruction is not a nanosecond. What is counted here is work; whether it waits for memory is for the other benchmarks.

mod callgrind;
#[path = "../common/digits.rs"]
mod digits;
mod kernels;
mod record;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use callgrind::Counted;
use record::Record;

/// The record, in the source.
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/counts.txt");

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    if has(callgrind::RUN) {
        callgrind::run_counted(kernels::all());
        return Ok(ExitCode::SUCCESS);
    }
    // `cargo bench` says `--bench`; without it this is a test.
    if has("--test") || !has("--bench") {
        for (name, mut work) in kernels::all() {
            work();
            println!("{name}: ran");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let names: Vec<&str> = kernels::all().into_iter().map(|(name, _)| name).collect();
    let found = match callgrind::count(&names)? {
        Counted::Record(found) => found,
        Counted::NoValgrind => {
            println!("SKIPPED: there is no valgrind to count with");
            return Ok(ExitCode::SUCCESS);
        }
    };
    if has("--update") {
        fs::write(RECORD, found.to_string())?;
        println!("{} counts written to {RECORD}", found.counts.len());
        return Ok(ExitCode::SUCCESS);
    }
    Ok(compare(&fs::read_to_string(RECORD)?.parse()?, &found))
}

/// Prints every count beside the recorded one; a failure if one has grown, or the record is not of these kernels.
fn compare(recorded: &Record, found: &Record) -> ExitCode {
    if recorded.with != found.with {
        println!("SKIPPED: recorded with {}, this is {}", recorded.with, found.with);
        return ExitCode::SUCCESS;
    }
    let judgements = recorded.compare(found);
    for judgement in &judgements {
        println!("{judgement}");
    }
    let is_good = judgements.iter().all(|judgement| judgement.is_good());
    let advice = "`cargo bench --bench instructions -- --update` writes a new record";
    match (is_good, judgements.iter().all(|judgement| judgement.is_as_recorded())) {
        (true, true) => println!("{} kernels take as many instructions as recorded", found.counts.len()),
        (true, false) => println!("no kernel takes more than recorded, some take fewer: {advice}"),
        (false, _) => println!("FAILED: see above; if that is as it should be, {advice}"),
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

//! Compares the instruction count of each hot kernel with a record.
//!
//! Times vary from run to run; counts are reproducible, so a kernel that takes 3 % more instructions is detected even on a busy
//! machine. Valgrind's callgrind counts on an emulated processor (with AVX2 and FMA, without AVX-512), so the counts do not
//! depend on the machine. They do depend on compiler, target, C library and valgrind: if those differ from the record's, the
//! check says so and is skipped.
//!
//! ```text
//! cargo bench --bench instructions                # compare with counts.txt
//! cargo bench --bench instructions -- --update    # write counts.txt
//! cargo bench --bench instructions -- --test      # run every kernel once, count nothing
//! ```
//!
//! Instruction counts do not include waiting for memory; the other benchmarks measure time.

mod callgrind;
mod kernels;
mod record;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use callgrind::Counted;
use record::Record;

/// The path of the record in the source tree.
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions/counts.txt");

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    if has(callgrind::RUN) {
        callgrind::run_counted(kernels::all());
        return Ok(ExitCode::SUCCESS);
    }
    // `cargo bench` passes `--bench`; without it this is a test.
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

/// Prints every count beside the recorded one. Fails if one has grown, or if the record is of other kernels.
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

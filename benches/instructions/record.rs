//! The record: a count for each kernel, and the tools they were counted with.

use std::fmt;
use std::str::FromStr;

/// The tolerance of a count, relative to the recorded one.
const TOLERANCE: f64 = 0.02;

/// Counts, in the order of the kernels.
pub struct Record {
    /// Compiler, target, libraries, processor. Counts made with different ones are not comparable.
    pub with: String,
    /// Each kernel's name and instructions.
    pub counts: Vec<(String, u64)>,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Instructions, counted by callgrind; written by `cargo bench --bench instructions -- --update`."
        )?;
        writeln!(f, "with: {}", self.with)?;
        self.counts.iter().try_for_each(|(name, count)| writeln!(f, "{name}: {count}"))
    }
}

impl FromStr for Record {
    type Err = String;

    fn from_str(text: &str) -> Result<Record, String> {
        let mut record = Record { with: String::new(), counts: Vec::new() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once(": ") {
                Some(("with", with)) => record.with = with.to_string(),
                Some((name, count)) => {
                    let count = count.parse().map_err(|_| format!("{name}: found {count:?}, expected a count"))?;
                    record.counts.push((name.to_string(), count));
                }
                None => return Err(format!("found {line:?}, expected `name: count`")),
            }
        }
        Ok(record)
    }
}

impl Record {
    fn count_of(&self, name: &str) -> Option<u64> {
        self.counts.iter().find(|(of, _)| of == name).map(|&(_, count)| count)
    }

    /// The judgment of every kernel that was found or recorded.
    pub fn compare<'a>(&'a self, found: &'a Record) -> Vec<Judgement<'a>> {
        let here = found.counts.iter().map(|(name, count)| (name, self.count_of(name), Some(*count)));
        let gone = self.counts.iter().filter(|(name, _)| found.count_of(name).is_none());
        let gone = gone.map(|(name, count)| (name, Some(*count), None));
        here.chain(gone).map(|(name, recorded, found)| Judgement { name, recorded, found }).collect()
    }
}

/// One kernel's count beside the recorded one.
pub struct Judgement<'a> {
    name: &'a str,
    recorded: Option<u64>,
    found: Option<u64>,
}

impl Judgement<'_> {
    /// The growth relative to the recorded count, if both counts exist.
    fn growth(&self) -> Option<f64> {
        Some(self.found? as f64 / self.recorded? as f64 - 1.0)
    }

    /// Whether the count exists, is recorded, and has not grown.
    pub fn is_good(&self) -> bool {
        self.growth().is_some_and(|growth| growth <= TOLERANCE)
    }

    /// Whether the count equals the recorded one within the tolerance.
    pub fn is_as_recorded(&self) -> bool {
        self.growth().is_some_and(|growth| growth.abs() <= TOLERANCE)
    }
}

impl fmt::Display for Judgement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.growth() {
            Some(growth) if growth > TOLERANCE => "MORE than recorded",
            Some(growth) if growth < -TOLERANCE => "fewer than recorded",
            Some(_) => "",
            None if self.recorded.is_none() => "NOT RECORDED",
            None => "RECORDED, but there is no such kernel",
        };
        let count = |count: Option<u64>| count.map_or_else(|| "–".to_string(), |count| count.to_string());
        let growth = self.growth().map_or_else(String::new, |growth| format!("{:+.2} %", 100.0 * growth));
        let line =
            format!("{:50}{:>12}{:>12}{growth:>12}  {verdict}", self.name, count(self.recorded), count(self.found));
        f.write_str(line.trim_end())
    }
}

//! The table: one row for each point, as comma-separated values.

use std::fmt;
use std::str::FromStr;

const HEAD: &str = "axis,size,samples,mflop,ms,ms_p10,ms_p90,ms_if_proportional";

/// All measurements.
pub struct Table {
    pub rows: Vec<Row>,
}

/// One point.
pub struct Row {
    /// The size that grows.
    pub axis: String,
    pub size: usize,
    /// Samples in the step.
    pub samples: usize,
    /// Floating-point operations of the step, in millions.
    pub mflop: f64,
    /// Milliseconds of the step: the median, and the first and last deciles.
    pub ms: [f64; 3],
    /// Milliseconds if time were proportional to work, from the reference point.
    pub line: f64,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        self.rows.iter().try_for_each(|Row { axis, size, samples, mflop, ms: [ms, low, high], line }| {
            writeln!(f, "{axis},{size},{samples},{mflop:.3},{ms:.4},{low:.4},{high:.4},{line:.4}")
        })
    }
}

impl FromStr for Table {
    type Err = String;

    fn from_str(text: &str) -> Result<Table, String> {
        let mut lines = text.lines();
        let head = lines.next().unwrap_or_default();
        if head != HEAD {
            return Err(format!("the table begins with {head:?}, expected {HEAD:?}"));
        }
        let row = |line: &str| {
            let refuse = || format!("the table has a line {line:?}, expected {HEAD:?}");
            let (axis, numbers) = line.split_once(',').ok_or_else(refuse)?;
            let numbers: Vec<f64> = numbers.split(',').filter_map(|number| number.parse().ok()).collect();
            let [size, samples, mflop, ms, low, high, line] = numbers[..] else { return Err(refuse()) };
            let (axis, size, samples) = (axis.to_string(), size as usize, samples as usize);
            Ok(Row { axis, size, samples, mflop, ms: [ms, low, high], line })
        };
        Ok(Table { rows: lines.map(row).collect::<Result<_, _>>()? })
    }
}

//! A file of names and labels.
//!
//! ```text
//! name,label
//! 0001.png,cat
//! "day 2/a, b.jpg","a ""big"" dog"
//! ```
//!
//! Values are separated by commas, and may be in quotes, where a quote is doubled (RFC 4180). The first two values of a line are
//! used. A first line whose name is not that of a picture is a header.

use std::collections::HashSet;
use std::format;
use std::fs;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use rayon::prelude::*;

use super::listing::{Listing, Picture, Stamp, check_class, is_picture};
use crate::error::{Error, Result};
use crate::file::{attempt, cannot, open};

/// The longest name that an error repeats, in characters.
const LONGEST: usize = 200;

/// Lists the pictures that the file `csv` names, in its order. Names are relative to `root`.
pub(super) fn list(root: &Path, csv: &Path) -> Result<Listing> {
    let (mut file, _) = open(csv)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(cannot("read", csv))?;
    let rows = rows(&text).map_err(|line| wrong(csv, line, "a quote that is not closed", "a closing quote"))?;

    let mut named = Vec::new();
    for (at, (line, row)) in rows.into_iter().enumerate() {
        let mut values = row.into_iter();
        let (Some(name), label) = (values.next(), values.next()) else { continue };
        if at == 0 && !is_picture(Path::new(&name)) {
            continue;
        }
        let Some(label) = label else {
            return Err(wrong(csv, line, "one value", "a name and a label"));
        };
        check_class(&label, csv)?;
        named.push((line, PathBuf::from(name), label));
    }

    let mut classes: Vec<String> = named.iter().map(|(_, _, label)| label.clone()).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut seen = HashSet::new();
    if let Some((line, name, _)) = named.iter().find(|(_, name, _)| !seen.insert(name)) {
        let name: String = name.to_string_lossy().escape_debug().take(LONGEST).collect();
        return Err(wrong(csv, *line, &format!("{name} again"), "each name once"));
    }
    let pictures: Result<Vec<Picture>> = named
        .into_par_iter()
        .with_min_len(64)
        .map(|(_, path, label)| {
            let class = classes.binary_search(&label).unwrap_or_default() as u32;
            let stamp = stamp(&root.join(&path))?;
            Ok(Picture { path, class, stamp })
        })
        .collect();
    Ok(Listing { pictures: pictures?, classes, ignored: 0 })
}

fn stamp(path: &Path) -> Result<Option<Stamp>> {
    match attempt("metadata", || fs::metadata(path)) {
        Ok(about) => Ok(Some(Stamp::of(&about))),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(cannot("look at", path)(error)),
    }
}

fn wrong(csv: &Path, line: usize, found: &str, expected: &str) -> Error {
    Error::Format {
        path: csv.into(),
        what: "line",
        found: format!("{found} in line {line}"),
        expected: expected.into(),
    }
}

/// The lines with their values, each with its number, counted from 1; without empty lines.
///
/// # Errors
/// The number of the line where a quoted value begins that has no end.
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, usize> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut rows, mut row, mut line, mut start) = (Vec::new(), Vec::new(), 1, 1);
    while !rest.is_empty() || !row.is_empty() {
        let value = match rest.strip_prefix('"') {
            Some(quoted) => {
                let begin = line;
                let mut value = String::new();
                rest = quoted;
                loop {
                    let end = rest.find('"').ok_or(begin)?;
                    value += &rest[..end];
                    rest = &rest[end + 1..];
                    let Some(again) = rest.strip_prefix('"') else { break };
                    value.push('"');
                    rest = again;
                }
                line += value.matches('\n').count();
                value
            }
            None => String::new(),
        };
        // What follows a closing quote belongs to the value, as most programs read it.
        let end = rest.find([',', '\n']).unwrap_or(rest.len());
        row.push(value + rest[..end].trim_end_matches('\r'));
        let separator = rest[end..].chars().next();
        rest = rest.get(end + 1..).unwrap_or_default();
        if separator == Some(',') {
            // The last value of a file may be empty.
            if rest.is_empty() {
                row.push(String::new());
            } else {
                continue;
            }
        }
        if row != [""] {
            rows.push((start, core::mem::take(&mut row)));
        }
        row.clear();
        line += 1;
        start = line;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    fn values(text: &str) -> Vec<Vec<String>> {
        rows(text).unwrap().into_iter().map(|(_, row)| row).collect()
    }

    #[test]
    fn quotes_and_ends_of_lines() {
        assert_eq!(values(""), Vec::<Vec<String>>::new());
        assert_eq!(values("\n\r\n\n"), Vec::<Vec<String>>::new());
        assert_eq!(values("a,b"), [["a", "b"]]);
        assert_eq!(values("\u{feff}a,b\r\nc,d\r\n"), [["a", "b"], ["c", "d"]]);
        assert_eq!(values("a,b,\n,\n"), [vec!["a", "b", ""], vec!["", ""]]);
        assert_eq!(values("a,"), [["a", ""]]);
        assert_eq!(values("\"a, b\",\"say \"\"hi\"\"\"\n\"x\ny\",z"), [["a, b", "say \"hi\""], ["x\ny", "z"]]);
        assert_eq!(values("猫.png,\"数 字\""), [["猫.png", "数 字"]]);
    }

    #[test]
    fn lines_are_counted() {
        let numbers: Vec<_> = rows("a,b\n\n\"x\ny\",z\nlast,one").unwrap().into_iter().map(|(line, _)| line).collect();
        assert_eq!(numbers, [1, 3, 5]);
        assert_eq!(rows("a,b\nc,\"d\ne"), Err(2));
    }
}

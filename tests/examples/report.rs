//! The examples' reports, and what `mnist` shows in a terminal.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::files::names;
use crate::{end, example, run};

const SMALL: [&str; 4] = ["--network", "small", "--epochs", "2"];

#[test]
fn a_report_is_one_page_and_two_files() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("new/run");
    for (name, options, telling) in [
        ("mnist", &SMALL[..], "Digits: the small network"),
        ("regression", &[], "Histogram of the errors"),
        ("two_moons", &[], "Thresholds of “upper moon”"),
    ] {
        let (code, out, err) = run(name, &[options, &["--report-dir", place.to_str().unwrap()]].concat());
        assert!(code == Some(0) && err.is_empty(), "{name}: {out} {err}");
        assert_eq!(names(&place), ["history.csv", "report.html", "report.json"], "{name}");
        let page = fs::read_to_string(place.join("report.html")).unwrap();
        assert!(page.contains(telling) && page.contains(&format!("--example {name} -- ")), "{name}");
        let json: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(place.join("report.json")).unwrap()).unwrap();
        let epochs = fs::read_to_string(place.join("history.csv")).unwrap().lines().count() - 1;
        assert_eq!(json["epochs"].as_array().map(Vec::len), Some(epochs), "{name}");
    }
}

#[test]
fn no_other_output_is_in_the_folder_of_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let [place, inside] = ["", "report.json"].map(|name| folder.path().join(name).to_str().unwrap().to_string());
    let (code, out, err) = run("mnist", &["--report-dir", &place, "--report", &inside]);
    let expected = "error: --report: found a file in the folder of --report-dir, expected one elsewhere\n";
    assert_eq!((code, &out[..], &err[..]), (Some(1), "", expected));
}

#[test]
fn quiet_prints_nothing() {
    let (code, out, err) = run("mnist", &[&SMALL[..], &["--quiet"]].concat());
    assert_eq!((code, &out[..], &err[..]), (Some(0), "", ""));
    let (code, _, err) = run("mnist", &["--quiet", "--lr=-1"]);
    assert!(code == Some(1) && err.starts_with("error: lr: found -1"), "{err}");
}

/// What `mnist` writes to a terminal of so many columns; `None` where there is no program `script`, which makes one.
fn in_a_terminal(columns: usize, setting: &str) -> Option<String> {
    let plain = example("mnist", &SMALL);
    let program = plain.get_program().to_str().unwrap().to_string();
    let typed = format!("stty cols {columns} rows 40; {setting} {program} {}", SMALL.join(" "));
    let mut script = Command::new("script");
    script.args(["-qec", &typed, "/dev/null"]).env("MNIST_DIR", crate::data()).env("TERM", "xterm-256color");
    script.env_remove("COLORTERM").env_remove("NO_COLOR").env_remove("CLICOLOR").stdin(Stdio::null());
    let (code, out, _) = end(script.output().ok()?);
    assert_eq!(code, Some(0), "{out}");
    Some(out)
}

#[test]
fn a_terminal_shows_pictures_that_fit() {
    for columns in [40, 80, 120] {
        let Some(out) = in_a_terminal(columns, "") else { return println!("SKIPPED: there is no program `script`") };
        assert!(out.contains('▀') && out.contains("\x1b[38;5;"), "{columns}: {out}");
        assert!(out.contains("images/s") == (columns > 40), "{columns}: {out}");
        let widest = out.lines().filter(|line| line.contains('▀')).map(|line| line.matches('▀').count()).max();
        assert!(widest.is_some_and(|widest| widest <= columns && widest + 32 > columns), "{columns}: {widest:?}");
        let plain = in_a_terminal(columns, "NO_COLOR=1").unwrap();
        assert!(!plain.contains('▀') && !plain.contains("\x1b[38") && plain.contains('█'), "{columns}: {plain}");
    }
}

//! The examples `mnist` and `evaluate`: a run that is refused leaves no files, and there are no figures for what was not measured.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::files::{make_pipe, names};
use crate::{digits_in, run};

const SMALL: [&str; 4] = ["--network", "small", "--epochs", "1"];

/// Runs `mnist` with these additional options.
fn mnist(options: &[&str]) -> (Option<i32>, String, String) {
    run("mnist", &[&SMALL[..], options].concat())
}

#[test]
fn a_refused_run_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let [report, model, kept, old, link, dangling, pipe] =
        ["report.json", "model.safetensors", "kept", "old.json", "link.json", "dangling.json", "pipe"].map(path);
    fs::write(&old, "old").unwrap();
    symlink("old.json", &link).unwrap();
    symlink("new.json", &dangling).unwrap();
    make_pipe(&pipe);
    let before = names(folder.path());

    let nowhere = path("nowhere");
    for (refused, reason) in [
        (&["--data", &nowhere][..], "no such folder"),
        (&["--load", &nowhere], "No such file or directory"),
        (&["--lr=-1"], "lr: found -1"),
    ] {
        for report in [&report, &old, &link, &dangling, &pipe, "/dev/null"] {
            let outputs = ["--report", report, "--save", &model, "--checkpoint", &kept];
            let (code, _, err) = mnist(&[refused, &outputs].concat());
            assert!(code == Some(1) && err.contains(reason), "{report}: {err}");
            assert_eq!(names(folder.path()), before, "{report}");
        }
    }
    assert_eq!(fs::read_to_string(&old).unwrap(), "old");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn what_cannot_be_written_is_found_out_before_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    fs::write(path("file"), "old").unwrap();
    symlink(".", path("link")).unwrap();
    let long = "long".repeat(100);
    for output in ["--save", "--report", "--report-dir", "--checkpoint"] {
        for (place, reason) in [
            ("file/in", "Not a directory"),
            ("nowhere/in", "No such file or directory"),
            ("link", "it is a folder"),
            ("", "it is a folder"),
            ("new/", "invalid filename"),
            (&long, "File name too long"),
            ("file", "Not a directory"),
        ] {
            // For checkpoints and reports, a folder is needed, and created; for the others, a file.
            let fits = match output {
                "--checkpoint" | "--report-dir" => !place.starts_with("file"),
                _ => place == "file",
            };
            if fits {
                continue;
            }
            let place = path(place);
            let (code, out, err) = mnist(&[output, &place]);
            assert!(out.is_empty() && code == Some(1), "{output} {place}: {out}");
            let expected = format!("error: cannot write {place}: {reason}");
            assert!(err.starts_with(&expected), "{output} {place}: {err}");
        }
    }
    assert_eq!(names(folder.path()), ["file", "link"]);
}

#[test]
fn two_outputs_have_two_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    symlink("a", path("b")).unwrap();
    symlink(".", path("c")).unwrap();
    for (first, second) in [("a", "a"), ("a", "./a"), ("a", "b"), ("b", "c/a")] {
        for (one, other) in [("--save", "--report"), ("--save", "--checkpoint"), ("--checkpoint", "--report")] {
            if other == "--checkpoint" && second == "b" || one == "--checkpoint" && first == "b" {
                continue;
            }
            let (first, second) = (path(first), path(second));
            let (code, out, err) = mnist(&[one, &first, other, &second]);
            let expected = format!("error: {other}: found {second}, as for {one}, expected a place of its own\n");
            assert_eq!((code, &out[..], err), (Some(1), "", expected), "{one} {first} {other} {second}");
        }
    }
    assert_eq!(names(folder.path()), ["b", "c"]);
}

#[test]
fn no_other_output_is_among_the_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let [kept, inside] =
        ["", "step-00000009.safetensors"].map(|name| folder.path().join(name).to_str().unwrap().to_string());
    let (code, out, err) = mnist(&["--checkpoint", &kept, "--save", &inside]);
    let expected = "error: --save: found a file in the folder of --checkpoint, expected one elsewhere\n";
    assert_eq!((code, &out[..], &err[..]), (Some(1), "", expected));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn divergence_is_an_error_without_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let [report, model] = ["report.json", "model.safetensors"].map(path);
    // In the first epoch, and if the only step is the last one.
    for batch_size in ["4", "64"] {
        let options = ["--lr", "1e30", "--batch-size", batch_size, "--report", &report, "--save", &model];
        let (code, out, err) = mnist(&options);
        assert_eq!(code, Some(1), "{out} {err}");
        assert!(err.starts_with("error: the ") && err.contains("loss is ") && err.lines().count() == 1, "{err}");
        assert!(!out.contains("test loss"), "{out}");
        assert!(names(folder.path()).is_empty());
    }
}

/// The report is written even if the network cannot be, and vice versa.
#[test]
fn an_output_that_fails_does_not_take_the_others_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let [report, model] = ["report.json", "model.safetensors"].map(path);
    // No file may be longer than a few kilobytes; a report is shorter.
    let script = "trap '' XFSZ; ulimit -f 24; exec \"$0\" \"$@\"";
    let example = crate::example("mnist", &[&SMALL[..], &["--report", &report, "--save", &model]].concat());
    let mut limited = Command::new("sh");
    limited.args(["-c", script]).arg(example.get_program()).args(example.get_args()).env("MNIST_DIR", crate::data());
    let (code, out, err) = crate::end(limited.output().unwrap());
    assert!(code == Some(1) && err.starts_with(&format!("error: cannot write {model}: File too large")), "{err}");
    assert!(out.contains("test accuracy") && out.contains(&format!("All figures are in {report}\n")), "{out}");
    assert_eq!(names(folder.path()), ["report.json"]);
}

/// If two fail, both are named.
#[test]
fn all_outputs_that_fail_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let [report, model] = ["report.json", "model.safetensors"].map(path);
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    let example = crate::example("mnist", &[&SMALL[..], &["--report", &report, "--save", &model]].concat());
    let mut limited = Command::new("sh");
    limited.args(["-c", script]).arg(example.get_program()).args(example.get_args()).env("MNIST_DIR", crate::data());
    let (code, _, err) = crate::end(limited.output().unwrap());
    let named = |path: &str| err.contains(&format!("cannot write {path}: File too large"));
    assert!(code == Some(1) && named(&model) && named(&report), "{err}");
}

/// Otherwise a step would need 19 GB here.
#[test]
fn a_batch_is_no_larger_than_the_training_set() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let options = ["--limit", "12", "--batch-size", "9000000", "--report", report.to_str().unwrap()];
    let (code, out, err) = mnist(&options);
    assert!(code == Some(0) && out.contains("\nbatch 11 (all images) · "), "{out} {err}");
    let figures: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(figures["settings"]["batch_size"], 11);
    let (_, out, _) = mnist(&["--limit", "12", "--batch-size", "11"]);
    assert!(out.contains("\nbatch 11 · "), "{out}");
}

/// Nobody writes to the pipe.
#[test]
fn a_signal_ends_a_program_that_waits_for_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    make_pipe(&pipe);
    let mut process = crate::example("mnist", &["--load", pipe.to_str().unwrap()]).spawn().unwrap();
    sleep(Duration::from_millis(300));
    assert!(Command::new("kill").arg(process.id().to_string()).status().unwrap().success());
    let start = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            process.kill().unwrap();
        }
        sleep(Duration::from_millis(20));
    }
    assert_eq!(process.wait().unwrap().signal(), Some(15));
}

#[test]
fn an_empty_test_set_has_no_figures() {
    let data = digits_in("no digits to test with", 0);
    let (folder, data) = (tempfile::tempdir().unwrap(), data.to_str().unwrap());
    let report = folder.path().join("report.json");
    let says = "The test set is empty: nothing was measured.\n";
    for (name, options) in
        [("evaluate", &[][..]), ("mnist", &[&SMALL[..], &["--report", report.to_str().unwrap()]].concat())]
    {
        let (code, out, err) = run(name, &[options, &["--data", data]].concat());
        assert!(code == Some(0) && out.contains(says) && err.is_empty(), "{out} {err}");
        assert!(!out.contains("NaN") && !out.contains("accuracy  "), "{out}");
    }
    let (_, json, _) = run("evaluate", &["--data", data, "--json"]);
    for json in [json, fs::read_to_string(report).unwrap()] {
        let figures: serde_json::Value = serde_json::from_str(&json).unwrap();
        for place in ["/test_loss", "/test_accuracy", "/classes/3/f1", "/macro_average/recall", "/weighted_average/f1"]
        {
            assert_eq!(figures.pointer(place), Some(&serde_json::Value::Null), "{place}");
        }
        let images = if figures["test_images"].is_null() { &figures["test_samples"] } else { &figures["test_images"] };
        assert_eq!(images, 0);
    }
}

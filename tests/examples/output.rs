//! Standard output and standard error that are closed, or on a full disk.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, pipe};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::{end, example};

const MODEL: &str = "examples/models/digits.safetensors";

/// Every example but [`LEFT_OUT`], with options that make it quick.
const ALL: [(&str, &[&str]); 13] = [
    ("xor", &[]),
    ("regression", &[]),
    ("two_moons", &[]),
    ("custom_layer", &[]),
    ("widths", &[]),
    ("squeeze_excitation", &[]),
    ("series", &[]),
    ("embedded_model", &[]),
    ("evaluate", &[]),
    ("predict", &["examples/predict/seven.png"]),
    ("import", &[MODEL, "--module", "examples/import/digits.txt", "--input", "1,28,28", "--save", "/dev/null"]),
    ("mnist", &["--network", "small", "--epochs", "1"]),
    ("autoencoder", &["--epochs", "1", "--save", "/dev/null"]),
];

/// The others, and why.
const LEFT_OUT: [(&str, &str); 3] = [
    ("architectures", "takes minutes"),
    ("folder", "is only built with the feature `images`"),
    ("throughput", "measures predictions for a minute"),
];

/// A pipe without a reader.
fn closed() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

#[cfg(target_os = "linux")]
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

#[cfg(target_os = "linux")]
const FULL: &str = "error: cannot write: No space left on device (os error 28)\n";

/// The same process, with its file descriptors redirected as a shell does it: `>&-` closes one.
fn redirected(command: &Command, how: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec \"$0\" \"$@\" {how}")]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

#[test]
fn no_example_is_forgotten() {
    let here: BTreeSet<&str> = ALL.iter().map(|(name, _)| *name).chain(LEFT_OUT.map(|(name, _)| name)).collect();
    let manifest = fs::read_to_string("examples/Cargo.toml").unwrap();
    let tables = manifest.split("[[example]]").skip(1);
    let declared = tables.map(|table| table.split('"').nth(1).unwrap());
    assert_eq!(here, declared.collect(), "examples/Cargo.toml has others");
    // A file, or a folder with a main.rs.
    let programs = fs::read_dir("examples").unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let is_program = path.join("main.rs").is_file() || path.extension().is_some_and(|end| end == "rs");
        is_program.then(|| path.file_stem().unwrap().to_str().unwrap().to_string())
    });
    let programs: BTreeSet<String> = programs.filter(|name| name != "lib").collect();
    assert_eq!(here, programs.iter().map(|name| &**name).collect(), "the folder has others");
}

#[test]
fn no_example_prints_by_what_panics() {
    fn look(folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("tests") {
                // These are read by who runs them.
            } else if path.is_dir() {
                look(&path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let code = fs::read_to_string(&path).unwrap();
                let is_code = |line: &&str| !line.trim_start().starts_with("//");
                let prints = |line: &&str| ["print!(", "println!("].iter().any(|name| line.contains(name));
                assert_eq!(code.lines().filter(is_code).find(prints), None, "{}", path.display());
            }
        }
    }
    look(Path::new("examples"));
}

#[test]
fn an_example_that_nobody_reads_ends_quietly() {
    for (name, arguments) in ALL {
        let (code, _, err) = end(example(name, arguments).stdout(closed()).output().unwrap());
        assert_eq!((code, &err[..]), (Some(141), ""), "{name}");
        // It may also have written everything before that.
        let mut process = example(name, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (code, _, err) = end(process.wait_with_output().unwrap());
        assert!(!line.is_empty() && [Some(0), Some(141)].contains(&code) && err.is_empty(), "{name}: {code:?} {err}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_example_on_a_full_disk_says_so() {
    for (name, arguments) in ALL {
        let (code, _, err) = end(example(name, arguments).stdout(full()).output().unwrap());
        assert_eq!((code, &err[..]), (Some(1), FULL), "{name}");
    }
    // Nor does it panic if it cannot report the error.
    for (name, arguments) in ALL {
        let status = example(name, arguments).stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(1), "{name}");
    }
}

/// If standard output is closed, Rust opens `/dev/null` in its place.
#[test]
fn an_example_without_standard_output_or_error_goes_on() {
    for ((name, arguments), how) in ALL.into_iter().zip([">&-", "2>&-", ">&- 2>&- <&-"].into_iter().cycle()) {
        let (code, out, err) = end(redirected(&example(name, arguments), how).output().unwrap());
        assert_eq!((code, &err[..]), (Some(0), ""), "{name} {how}");
        assert_eq!(out.is_empty(), how.starts_with('>'), "{name} {how}");
    }
    for how in ["2>&-", "2>/dev/full"] {
        let predict = example("predict", &["examples/predict/main.rs", "examples/predict/seven.png"]);
        let (code, out, err) = end(redirected(&predict, how).output().unwrap());
        assert_eq!((code, &err[..]), (Some(1), ""), "{how}");
        assert!(out.contains("\n   7  "), "the other picture is read: {out}");
    }
}

#[test]
fn help_and_misunderstandings_end_as_everything_else() {
    for name in ["evaluate", "predict", "mnist", "throughput", "import", "autoencoder"] {
        let (code, out, err) = end(example(name, &["--help"]).output().unwrap());
        assert!(code == Some(0) && out.contains("Usage: ") && err.is_empty(), "{name}: {out} {err}");
        let (code, out, err) = end(example(name, &["--hepl"]).output().unwrap());
        let expected = "error: unexpected argument '--hepl' found\n";
        assert!(code == Some(2) && out.is_empty() && err.starts_with(expected), "{name}: {out} {err}");
        let (code, _, err) = end(example(name, &["--help"]).stdout(closed()).output().unwrap());
        assert_eq!((code, &err[..]), (Some(141), ""), "{name}");
        assert_eq!(example(name, &["--hepl"]).stderr(closed()).status().unwrap().code(), Some(2), "{name}");
        #[cfg(target_os = "linux")]
        {
            let (code, _, err) = end(example(name, &["--help"]).stdout(full()).output().unwrap());
            assert_eq!((code, &err[..]), (Some(1), FULL), "{name}");
        }
    }
}

/// Its outputs are the same as with a reader.
#[test]
fn a_training_that_is_kept_goes_on_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let train = |name: &str, stdout: Stdio| {
        let [model, report, kept] = ["safetensors", "json", "kept"].map(|end| place(&format!("{name}.{end}")));
        let outputs = [model, report, kept].map(|path| path.to_str().unwrap().to_string());
        let arguments = ["--network", "small", "--epochs", "2", "--save", &outputs[0], "--report", &outputs[1]];
        let arguments = [&arguments[..], &["--checkpoint", &outputs[2]]].concat();
        end(example("mnist", &arguments).stdout(stdout).output().unwrap())
    };
    let (code, out, err) = train("seen", Stdio::piped());
    assert!(code == Some(0) && out.contains("test accuracy") && err.is_empty(), "{out} {err}");
    let mut unseen = vec![("closed", closed(), 141, "")];
    #[cfg(target_os = "linux")]
    unseen.push(("full", full(), 1, FULL));
    for (name, stdout, status, said) in unseen {
        let (code, _, err) = train(name, stdout);
        assert_eq!((code, &err[..]), (Some(status), said), "{name}");
        let model = |name: &str| fs::read(place(&format!("{name}.safetensors"))).unwrap();
        assert!(model(name) == model("seen"), "{name}: another network");
        let report = fs::read_to_string(place(&format!("{name}.json"))).unwrap();
        assert!(report.contains("\"test_accuracy\": 0"), "{name}: {report}");
        let kept = |name: &str| fs::read_dir(place(&format!("{name}.kept"))).unwrap().count();
        assert_eq!(kept(name), kept("seen"), "{name}");
    }
}

/// Otherwise it would take days.
#[test]
fn a_training_that_nothing_is_kept_of_ends_when_nobody_reads_on() {
    let mut training = example("mnist", &["--network", "small", "--limit", "12", "--epochs", "4000000000"]);
    let mut process = training.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("epoch")), "no epoch was over");
    drop(lines);
    let start = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(300) {
            process.kill().unwrap();
        }
        sleep(Duration::from_millis(20));
    }
    let (code, _, err) = end(process.wait_with_output().unwrap());
    assert_eq!((code, &err[..]), (Some(141), ""));
}

/// No picture needs more than five bytes a pixel, plus a little: with a limit too low for more, it is read.
#[test]
#[cfg(target_os = "linux")]
fn a_picture_takes_the_memory_that_is_stated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.png");
    let side = 2600;
    let mut pixels = vec![255u8; side * side * 4];
    for y in 500..2100 {
        pixels[(y * side + 1200) * 4..(y * side + 1400) * 4].as_chunks_mut().0.fill([0, 0, 0, 255]);
    }
    let mut encoder = png::Encoder::new(File::create(&path).unwrap(), side as u32, side as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();

    let run = |image: &str, kib: usize| {
        let limited = ["-c", "ulimit -v \"$0\"; exec \"$@\"", &kib.to_string()].map(String::from);
        let predict = example("predict", &[image]);
        end(Command::new("sh").args(limited).arg(predict.get_program()).args(predict.get_args()).output().unwrap())
    };
    // The memory of the program itself, to half a megabyte.
    let small =
        (0..).map(|step| step * 512).find(|&kib| kib > 200_000 || run("examples/predict/seven.png", kib).0 == Some(0));
    let small = small.unwrap();
    if small > 200_000 {
        println!("SKIPPED: the program takes more address space than can be limited, as under a sanitizer");
        return;
    }
    let picture = side * side * 5 / 1024;
    let (code, out, err) = run(path.to_str().unwrap(), small + picture + 4096);
    assert!(code == Some(0) && out.contains("\n   1  "), "{small} and {picture} KiB: {out} {err}");
}

//! The example `predict`: a digit is recognized however it is drawn, and pictures without a digit are told apart.
//!
//! Its modules are compiled in here, and their own tests run with these.

#[path = "../common/mod.rs"]
mod common;
mod draw;
#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/predict/main.rs"]
mod example;
mod file;
#[path = "../fuzz/src/png.rs"]
mod fuzz;
mod malformed;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Parser;
use common::files::each_file;
use draw::ways;
use example::handwriting::{Plane, frame, ink};
use example::networks::{DigitNet, SmallNet};
use example::{Options, picture};
use file::{File, big_endian, chunk};
use png::{BitDepth, ColorType};
use shapeproof::data::mnist::Mnist;
use shapeproof::data::synthetic;
use shapeproof::io::{Card, Model};
use shapeproof::metrics::argmax;
use shapeproof::network::Network;
use shapeproof::tensor::Tensor;

fn model() -> Model<SmallNet> {
    Model::from_bytes(include_bytes!("../../examples/models/digits.safetensors")).unwrap()
}

fn class(model: &Model<SmallNet>, field: &Tensor<1, 28, 28, u8>) -> usize {
    argmax(model.predict(&model.input(field.as_slice())).as_slice())
}

/// Reads a file as the example does.
fn read(model: &Model<SmallNet>, path: &Path, png: &[u8]) -> usize {
    fs::write(path, png).unwrap();
    let (ink, _) = ink::ink(picture::open(path).unwrap()).unwrap();
    class(model, &frame::frame(ink))
}

#[test]
fn a_digit_is_read_alike_however_it_is_drawn() {
    let (model, folder) = (model(), tempfile::tempdir().unwrap());
    let (images, labels) = synthetic::digits(20, 1);
    let mut read_right = 0;
    for (image, &label) in images.iter().zip(&labels) {
        let label = usize::from(label);
        if class(&model, image) != label {
            continue;
        }
        for way in ways() {
            let read = read(&model, &folder.path().join("digit.png"), &draw::png(image, &way));
            assert_eq!(read, label, "{way:?}");
        }
        read_right += 1;
    }
    assert!(read_right >= 15, "the network reads {read_right} of 20");
}

#[test]
fn a_hairline_in_a_huge_picture_is_read() {
    let (model, folder) = (model(), tempfile::tempdir().unwrap());
    let path = folder.path().join("hairline.png");
    for (label, points) in [
        (1, &[[1400.0, 2000.0], [1600.0, 300.0]][..]),
        (2, &[[900.0, 700.0], [1200.0, 350.0], [1700.0, 400.0], [1750.0, 800.0], [900.0, 1900.0], [1900.0, 1900.0]]),
        (4, &[[1100.0, 300.0], [1000.0, 1200.0], [1700.0, 1150.0], [1800.0, 300.0], [1650.0, 2100.0]]),
        (7, &[[900.0, 500.0], [1900.0, 450.0], [1300.0, 2000.0]]),
    ] {
        assert_eq!(read(&model, &path, &draw::hairline(points)), label);
    }
}

/// The folder with MNIST: `MNIST_DIR`, or `data/mnist`.
fn mnist() -> Option<PathBuf> {
    let named = env::var_os("MNIST_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(PathBuf::from("data/mnist")).filter(|dir| dir.is_dir()))
}

#[test]
fn real_digits_are_read_at_other_sizes() {
    let Some(dir) = mnist() else {
        println!("SKIPPED: no MNIST in MNIST_DIR or data/mnist");
        return;
    };
    let (model, folder, test) = (model(), tempfile::tempdir().unwrap(), Mnist::read(dir).unwrap().test);
    let ways = ways();
    let count = 200;
    let mut right = 0;
    for (at, (image, &label)) in test.images().iter().zip(test.labels()).take(count).enumerate() {
        let png = draw::png(image, &ways[at % ways.len()]);
        right += usize::from(read(&model, &folder.path().join("digit.png"), &png) == usize::from(label));
    }
    println!("{right} of {count} digits of MNIST are read right");
    assert!(right * 100 >= count * 97, "{right} of {count}");
}

/// A digit in MNIST's format is unchanged, up to the faintest of its pixels.
#[test]
fn the_frame_of_a_framed_digit_is_itself() {
    let Some(dir) = mnist() else {
        println!("SKIPPED: no MNIST in MNIST_DIR or data/mnist");
        return;
    };
    let test = Mnist::read(dir).unwrap().test;
    let mut same = 0;
    for image in &test.images()[..100] {
        let values = image.as_slice().iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        let field = frame::frame(Plane { width: 28, height: 28, values });
        same += usize::from(field == *image);
    }
    assert!(same >= 95, "{same} of 100 are the same");
}

/// The first picture of an animation is read.
#[test]
fn the_first_frame_of_an_animation_is_read() {
    let (width, height, count) = (5, 3, 15);
    let frame = |samples: Vec<f32>| File {
        width,
        height,
        color: ColorType::Grayscale,
        depth: BitDepth::Eight,
        interlaced: false,
        samples,
        around: Default::default(),
    };
    // Number, width, height, offsets; a tenth of a second, no disposal, no blending.
    let control = |number| {
        let numbers = big_endian(&[number, width, height, 0, 0]);
        chunk(b"fcTL", &[numbers, vec![0, 1, 0, 10, 0, 0]].concat())
    };
    let samples: Vec<f32> = (0..count).map(|at| at as f32 * 17.0 / 255.0).collect();
    let next = [big_endian(&[2]), frame(vec![1.0; count]).data()].concat();
    let animation = File {
        around: [vec![chunk(b"acTL", &big_endian(&[2, 0])), control(0)], vec![control(1), chunk(b"fdAT", &next)]],
        ..frame(samples.clone())
    };
    let read = picture::decode(std::io::Cursor::new(animation.bytes())).unwrap();
    assert_eq!(read, Plane { width, height, values: samples });
}

/// Runs the example. Returns whether every picture was read, and its output and error messages.
fn predict(arguments: &[&str]) -> (bool, String, String) {
    let options = Options::try_parse_from([&["predict"], arguments].concat()).unwrap();
    let [mut out, mut err] = [Vec::new(), Vec::new()];
    let all = example::predict(&options, &mut out, &mut err).unwrap();
    (all, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn what_cannot_be_read_is_named_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (images, labels) = synthetic::digits(10, 1);
    let way = ways()[5];
    let [width, height] = way.canvas;
    let seven = draw::png(&images[labels.iter().position(|&label| label == 7).unwrap()], &way);
    let empty = draw::png(&Tensor([[[0; 28]; 28]]), &way);
    let [seven_png, empty_png, cut_png, letter_png, nowhere_png] =
        ["seven.png", "empty.png", "cut.png", "letter.png", "nowhere.png"].map(path);
    for (path, bytes) in [
        (&seven_png, &seven[..]),
        (&cut_png, &seven[..seven.len() / 2]),
        (&empty_png, &empty),
        (&letter_png, b"Dear network,"),
    ] {
        fs::write(path, bytes).unwrap();
    }

    let (all, out, err) = predict(&[&seven_png]);
    assert_eq!((all, err), (true, String::new()));
    assert!(out.starts_with(&format!("{seven_png}: {width}×{height}, dark on light\n")), "{out}");
    assert!(out.contains("\n   7  ") && out.matches(" %\n").count() == 3, "{out}");

    let directory = path("");
    let (all, out, err) = predict(&[&empty_png, &cut_png, &letter_png, &nowhere_png, &directory, &seven_png]);
    assert!(!all);
    let errors: Vec<&str> = err.lines().collect();
    assert_eq!(
        errors[..3],
        [
            format!("error: {empty_png}: picture: found an empty canvas, expected a digit"),
            format!("error: {cut_png}: PNG: found the end of the file, expected the rest of the picture"),
            format!("error: {letter_png}: format: found no PNG signature, expected a PNG file"),
        ]
    );
    assert!(errors[3].starts_with(&format!("error: {nowhere_png}: cannot read: ")), "{err}");
    assert_eq!(errors[4..], [format!("error: {directory}: file: found a folder, expected a PNG file")]);
    assert!(out.starts_with(&seven_png) && out.contains("\n   7  "), "{out}");

    let (all, out, _) = predict(&["--json", &cut_png, &seven_png]);
    assert!(!all);
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["image"], *cut_png);
    assert_eq!(lines[0]["error"], "PNG: found the end of the file, expected the rest of the picture");
    assert_eq!(lines[1]["digit"], "7");
    assert_eq!(lines[1]["polarity"], "dark on light");
    let probabilities = lines[1]["probabilities"].as_array().unwrap();
    let sum: f64 = probabilities.iter().map(|share| share.as_f64().unwrap()).sum();
    assert!(probabilities.len() == 10 && (sum - 1.0).abs() < 1e-9, "{probabilities:?}");

    // A file that is not a model, and no picture at all.
    let (all, _, err) = predict(&["--model", &letter_png, &seven_png]);
    assert!(!all && err.starts_with(&format!("error: {letter_png}: ")), "{err}");
    assert_eq!(Options::try_parse_from(["predict"]).err().unwrap().exit_code(), 2);
}

/// Class names in a model cannot control the terminal; JSON has them unchanged.
#[test]
fn class_names_are_shown_and_not_obeyed() {
    let mut model = model();
    model.card.classes = (0..10).map(|class| format!("{class}\x1b[31mé\u{202e}\nforged: 9")).collect();
    let read = |arguments: &[&str]| {
        let options =
            Options::try_parse_from([&["predict"], arguments, &["examples/predict/seven.png"]].concat()).unwrap();
        let mut out = Vec::new();
        assert!(example::read_all(&options, &model, &mut out, &mut std::io::sink()).unwrap());
        String::from_utf8(out).unwrap()
    };
    let out = read(&[]);
    assert!(out.contains("\n7\\u{1b}[31mé\\u{202e}\\nforged: 9  "), "{out}");
    assert!(!out.contains(['\x1b', '\u{202e}']), "{out}");
    let line: serde_json::Value = serde_json::from_str(&read(&["--json"])).unwrap();
    assert_eq!(line["digit"], *model.card.classes[7]);
}

/// The network is that of the file.
#[test]
fn a_model_of_either_network_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let [model, other, seven] = ["reference.safetensors", "other.safetensors", "seven.png"].map(path);
    let classes = "zero one two three four five six seven eight nine".split(' ').map(String::from).collect();
    shapeproof::io::save(&model, &*DigitNet::new(1), &Card { classes, ..Card::default() }).unwrap();
    fs::copy("examples/predict/seven.png", &seven).unwrap();
    let (all, out, err) = predict(&["--json", "--model", &model, &seven]);
    assert!(all && err.is_empty() && out.contains(r#""digit":""#), "{out} {err}");
    assert!(!out.contains(r#""digit":"7""#), "{out}");

    shapeproof::network! { type Other = [1, 28, 28] => Flatten, conv1: Dense(units = 10) }
    shapeproof::io::save(&other, &*Other::new(1), &Card::default()).unwrap();
    let (all, out, err) = predict(&["--model", &other, &seven]);
    assert!(!all && out.is_empty(), "{out}");
    assert!(err.contains("conv1.weight: found [10, 784], expected [8, 1, 3, 3]\n"), "{err}");
}

#[test]
fn every_picture_that_fuzzers_kept_is_survived() {
    each_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/png"), fuzz::fuzz);
}

/// For either network: a pipe cannot be read twice.
#[cfg(unix)]
#[test]
fn a_model_may_come_through_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe").to_str().unwrap().to_string();
    common::files::make_pipe(&pipe);
    for model in [
        shapeproof::io::to_bytes(&*DigitNet::new(1), &Card::default()).unwrap(),
        shapeproof::io::to_bytes(&*SmallNet::new(1), &Card::default()).unwrap(),
    ] {
        let writer = thread::spawn({
            let pipe = pipe.clone();
            move || fs::write(pipe, model)
        });
        let (done, end) = mpsc::channel();
        let pipe = pipe.clone();
        thread::spawn(move || done.send(predict(&["--json", "--model", &pipe, "examples/predict/seven.png"])));
        let (all, out, err) = end.recv_timeout(Duration::from_secs(60)).expect("it waits for a second writer");
        assert!(all && err.is_empty() && out.contains(r#""digit":""#), "{out} {err}");
        writer.join().unwrap().unwrap();
    }
}

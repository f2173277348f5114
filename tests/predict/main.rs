//! The example `predict`: however a digit is drawn, it is read alike; and what is no digit is told apart.
//!
//! Its modules are compiled in here, and their own tests run with these.

#[path = "../../examples/models/digits.rs"]
mod digits;
mod draw;
#[path = "../../examples/predict/frame.rs"]
mod frame;
#[path = "../../examples/predict/ink.rs"]
mod ink;
#[path = "../../examples/predict/picture.rs"]
mod picture;
#[path = "../../examples/predict/specks.rs"]
mod specks;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use digits::SmallNet;
use draw::{Color, Way, ways};
use png::BitDepth;
use shapeproof::data::mnist::Mnist;
use shapeproof::data::synthetic;
use shapeproof::io::Model;
use shapeproof::metrics::argmax;
use shapeproof::tensor::Tensor;

fn model() -> Model<SmallNet> {
    Model::from_bytes(include_bytes!("../../examples/models/digits.safetensors")).unwrap()
}

fn class(model: &Model<SmallNet>, field: &Tensor<1, 28, 28, u8>) -> usize {
    argmax(model.predict(&model.input(field.as_slice())).as_slice())
}

/// What the example does with a file.
fn read(model: &Model<SmallNet>, path: &Path, png: &[u8]) -> usize {
    fs::write(path, png).unwrap();
    let (ink, _) = ink::ink(&picture::open(path).unwrap()).unwrap();
    class(model, &frame::frame(&ink))
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
    let (model, folder, test) = (model(), tempfile::tempdir().unwrap(), Mnist::open(dir).unwrap().test);
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

/// A digit as MNIST has it comes through unchanged, up to the faintest of its pixels.
#[test]
fn the_frame_of_a_framed_digit_is_itself() {
    let Some(dir) = mnist() else {
        println!("SKIPPED: no MNIST in MNIST_DIR or data/mnist");
        return;
    };
    let test = Mnist::open(dir).unwrap().test;
    let mut same = 0;
    for image in &test.images()[..100] {
        let values = image.as_slice().iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        let field = frame::frame(&picture::Plane { width: 28, height: 28, values });
        same += usize::from(field == *image);
    }
    assert!(same >= 95, "{same} of 100 are the same");
}

/// Runs the example, which cargo builds first if it is not as its source says.
fn predict(arguments: &[&str], folder: &Path) -> Output {
    let profile = env::current_exe().unwrap().ancestors().nth(2).unwrap().to_path_buf();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--example", "predict", "--target-dir"]).arg(profile.parent().unwrap());
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
    let example = profile.join("examples").join(format!("predict{}", env::consts::EXE_SUFFIX));
    Command::new(example).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn what_cannot_be_read_is_named_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (images, labels) = synthetic::digits(10, 1);
    let way = Way {
        canvas: [200, 100],
        scale: 3.0,
        at: [70, 9],
        greys: [1.0, 0.0],
        noise: 0.0,
        color: Color::Rgb(BitDepth::Eight),
    };
    let seven = draw::png(&images[labels.iter().position(|&label| label == 7).unwrap()], &way);
    let empty = draw::png(&Tensor([[[0; 28]; 28]]), &way);
    for (name, bytes) in [
        ("seven.png", &seven[..]),
        ("cut.png", &seven[..seven.len() / 2]),
        ("empty.png", &empty),
        ("letter.png", b"Dear network,"),
    ] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();

    let Output { status, stdout, stderr } = predict(&["seven.png"], folder);
    let stdout = text(stdout);
    assert_eq!((status.code(), text(stderr)), (Some(0), String::new()));
    assert!(stdout.starts_with("seven.png: 200×100, dark on light\n"), "{stdout}");
    assert!(stdout.contains("\n   7  ") && stdout.matches(" %\n").count() == 3, "{stdout}");

    let all = ["empty.png", "cut.png", "letter.png", "nowhere.png", "seven.png"];
    let Output { status, stdout, stderr } = predict(&all, folder);
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert_eq!(status.code(), Some(1));
    let errors: Vec<&str> = stderr.lines().collect();
    assert_eq!(
        errors[..3],
        [
            "error: empty.png: picture: found an empty canvas, expected a digit",
            "error: cut.png: PNG: found the end of the file, expected the rest of the picture",
            "error: letter.png: format: found no PNG signature, expected a PNG file",
        ]
    );
    assert!(errors[3].starts_with("error: nowhere.png: cannot read: ") && errors.len() == 4, "{stderr}");
    assert!(stdout.starts_with("seven.png: ") && stdout.contains("\n   7  "), "{stdout}");

    let Output { status, stdout, .. } = predict(&["--json", "cut.png", "seven.png"], folder);
    assert_eq!(status.code(), Some(1));
    let lines: Vec<serde_json::Value> = text(stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["image"], "cut.png");
    assert_eq!(lines[0]["error"], "PNG: found the end of the file, expected the rest of the picture");
    assert_eq!(lines[1]["digit"], "7");
    assert_eq!(lines[1]["polarity"], "dark on light");
    let probabilities = lines[1]["probabilities"].as_array().unwrap();
    let sum: f64 = probabilities.iter().map(|share| share.as_f64().unwrap()).sum();
    assert!(probabilities.len() == 10 && (sum - 1.0).abs() < 1e-9, "{probabilities:?}");

    // A model that is none, and no picture at all.
    let Output { status, stderr, .. } = predict(&["--model", "letter.png", "seven.png"], folder);
    assert_eq!(status.code(), Some(1));
    assert!(text(stderr).starts_with("error: letter.png: "));
    assert_eq!(predict(&[], folder).status.code(), Some(2));
}

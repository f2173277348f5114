//! The example `autoencoder`: the picture that it writes, and what it refuses before the training.

use std::fs::File;
use std::io::BufReader;

use shapeproof::data::synthetic;

use crate::common::files::names;
use crate::{data, run};

#[test]
fn digits_are_drawn_below_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drawn.png");
    let place = path.to_str().unwrap();
    let (code, out, err) = run("autoencoder", &[data().to_str().unwrap(), "--epochs", "2", "--save", place]);
    assert!(code == Some(0) && err.is_empty(), "{out} {err}");
    assert!(out.contains("\nepoch   2   loss ") && out.contains("\nR² "), "{out}");
    assert!(out.ends_with(&format!("\n{place} shows some of them, and what it drew.\n")), "{out}");

    let mut reader = png::Decoder::new(BufReader::new(File::open(&path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height, info.color_type), (324, 68, png::ColorType::Grayscale));
    // The first ten digits of the test set, black on white.
    let (digits, _) = synthetic::digits(20, 2);
    let drawn = |row: usize, column: usize, i: usize| pixels[(4 + 32 * row + i / 28) * 324 + 4 + 32 * column + i % 28];
    for (column, digit) in digits.iter().take(10).enumerate() {
        let wrong = digit.as_slice().iter().enumerate().find(|&(i, &ink)| drawn(0, column, i) != 255 - ink);
        assert_eq!(wrong, None, "{column}");
        assert!((0..28 * 28).any(|i| drawn(1, column, i) != 255), "nothing is drawn below {column}");
    }
}

#[test]
fn what_cannot_be_written_is_found_out_before_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("nowhere/drawn.png");
    let (code, out, err) = run("autoencoder", &["--save", place.to_str().unwrap()]);
    let expected = format!("error: cannot write {}: No such file or directory", place.display());
    assert!(code == Some(1) && out.is_empty() && err.starts_with(&expected), "{out} {err}");
    let place = folder.path().join("drawn.png");
    let (code, out, err) = run("autoencoder", &["no folder", "--save", place.to_str().unwrap()]);
    assert!(code == Some(1) && out.is_empty() && err.starts_with("error: no folder: "), "{out} {err}");
    assert!(names(folder.path()).is_empty());
}

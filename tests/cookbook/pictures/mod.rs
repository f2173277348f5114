//! The pictures of the cookbook, `src/_cookbook/*.svg`: drawn again from what the crate computes, and compared with those there.

mod layers;
mod learning;
mod svg;

use std::fs;
use std::path::Path;

/// The file of a picture, what draws it, and how far its numbers may be from those there: the last bits of a training depend on the
/// kind of processor.
type Picture = (&'static str, fn() -> String, f64);

const PICTURES: [Picture; 16] = [
    ("convolution", layers::convolution, 0.0),
    ("convolution_edges", layers::convolution_edges, 0.0),
    ("convolution_gradient", layers::convolution_gradient, 0.0),
    ("optimizers", learning::optimizers, 0.2),
    ("activations", layers::activations, 0.2),
    ("pooling", layers::pooling, 0.0),
    ("flattening", layers::flattening, 0.0),
    ("dense", layers::dense, 0.0),
    ("softmax", learning::softmax, 0.0),
    ("losses", learning::losses, 0.2),
    ("batch_norm", layers::batch_norm, 0.0),
    ("dropout", layers::dropout, 0.0),
    ("metrics", learning::metrics, 0.0),
    ("network", learning::network, 0.2),
    ("training", learning::training, 15.0),
    ("how_it_gets_fast", learning::how_it_gets_fast, 0.0),
];

/// The numbers of a text, and what is between them.
fn parts(text: &str) -> (Vec<f64>, Vec<&str>) {
    let is_digit = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let numbers = text.split(|c| !is_digit(c)).filter_map(|part| part.parse().ok());
    (numbers.collect(), text.split(is_digit).filter(|part| !part.is_empty()).collect())
}

fn same(a: &str, b: &str, tolerance: f64) -> bool {
    let ((numbers, between), (others, between_others)) = (parts(a), parts(b));
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance;
    between == between_others && numbers.len() == others.len() && numbers.iter().zip(&others).all(close)
}

#[test]
fn the_pictures_of_the_cookbook_are_up_to_date() {
    let mut changed = Vec::new();
    for (name, draw, tolerance) in PICTURES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/_cookbook/{name}.svg"));
        let there = fs::read_to_string(&path).unwrap();
        let drawn = draw();
        if !same(&there, &drawn, tolerance) {
            let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.svg"));
            fs::write(&new, drawn).unwrap();
            changed.push(new.display().to_string());
        }
    }
    assert!(changed.is_empty(), "not what is in src/_cookbook: {changed:#?}");
}

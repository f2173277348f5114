//! The fast kernels agree with their definitions and with each other, and adjoint identities hold.
//!
//! All numbers are small integers, so every sum is exact and must agree to the last bit in any order. Results are prefilled with
//! NaN, so that a number shows if a kernel does not write it, or reads it first. (Tiled, sparse and implicit products are also
//! tested beside their code.)

#![forbid(unsafe_code)]

mod batch_norms;
mod convolutions;
mod elementwise;
mod grid;
mod maps;
mod poolings;
mod products;

use std::fs;
use std::path::Path;

/// The text of every file in `folder`, except those in folders called `but`.
fn texts(folder: &Path, but: &str) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            text += &fs::read_to_string(&path).unwrap();
        } else if !path.ends_with(but) {
            text += &texts(&path, but);
        }
    }
    text
}

/// The names of the public functions in `text`, without methods.
fn functions(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split(['<', '(']).next()).collect()
}

/// Checks by name that every public kernel has a definition of the same name, and that a test calls it.
#[test]
fn every_kernel_is_tested_against_its_definition() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kernels = texts(&root.join("src/kernel"), "naive");
    let naive = texts(&root.join("src/kernel/naive"), "");
    let tests = texts(&root.join("tests/kernels"), "");
    let mut missing = Vec::new();
    for kernel in functions(&kernels) {
        let definitions: &[&str] = match kernel {
            // One function for both halves.
            "conv2d_backward" => &["conv2d_grad_input", "add_conv2d_grad_parameters"],
            // The weights' half alone.
            "add_conv2d_grad_weight" => &["add_conv2d_grad_parameters"],
            // Addresses of kernels.
            "instances" => &[],
            _ => &[kernel],
        };
        for definition in definitions {
            let is_called = [&tests, &kernels].iter().any(|text| text.contains(&format!("naive::{definition}(")));
            if !functions(&naive).contains(definition) || !is_called {
                missing.push(kernel);
            }
        }
    }
    assert!(missing.is_empty(), "without a definition, or a test against it: {missing:?}");
    assert!(functions(&kernels).len() > 40);
}

//! The environment variable that caps the instruction set: each value in a process of its own, since it is read once.
#![cfg(all(unix, target_arch = "x86_64"))]

mod common;

use std::process::Output;

use common::child::{child, is_child};
use shapeproof::network::Network;
use shapeproof::tensor::{Vector, flat, flat_mut, zeros};

shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1), ReLU, MaxPool2D(window = 2), Flatten, Dense(units = 10),
}

#[test]
#[ignore = "not a test, but the process that the next one starts"]
fn prediction() {
    if !is_child() {
        return;
    }
    let (network, mut images, mut logits) = (Net::new(1), zeros(4), [Vector::from([0.0; 10]); 4]);
    flat_mut(&mut images).iter_mut().enumerate().for_each(|(i, pixel)| *pixel = (i * 7919 % 1009) as f32 / 1009.0);
    network.predict::<4>(&images, &mut logits, &mut Net::workspace::<4>());
    let bits: Vec<_> = flat(&logits).iter().map(|logit| logit.to_bits().to_string()).collect();
    eprintln!("logits: {}", bits.join(" "));
}

fn predicted(cap: &str) -> (Output, Vec<u32>) {
    let output = child("prediction").env("SHAPEPROOF_MAX_ISA", cap).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("logits: ")).unwrap_or_default();
    (output, line.split_whitespace().map(|bits| bits.parse().unwrap()).collect())
}

#[test]
fn caps_change_the_last_bits_only_and_others_are_refused() {
    let all: Vec<Vec<u32>> = ["", "avx512", "avx2", "sse2"]
        .map(|cap| {
            let (output, logits) = predicted(cap);
            assert!(output.status.success() && logits.len() == 40, "{cap}: {output:?}");
            logits
        })
        .into();
    assert_eq!(all[0], all[1], "avx512 is no cap");
    assert_ne!(all[0], all[3], "sse2, which rounds products before it adds them, has the bits of no cap");
    for (logits, first) in all.iter().flat_map(|logits| logits.iter().zip(&all[0])) {
        assert!((f32::from_bits(*logits) - f32::from_bits(*first)).abs() < 1e-4);
    }
    let (output, _) = predicted("mmx");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && words.contains("SHAPEPROOF_MAX_ISA: expected avx512, avx2 or sse2, found mmx"));
}

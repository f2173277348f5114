//! Downloads from servers on loopback: whatever they send, and whatever happens meanwhile, the folder is there whole or not at all.
#![cfg(all(unix, feature = "download"))]

#[path = "../common/mod.rs"]
mod common;
mod killed;
mod mirrors;
mod server;
mod space;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use server::{Manner, Server};
use sha2::{Digest, Sha256};
use shapeproof::data::download::{Limits, Source, SourceFile};

use crate::common::files::names;

/// Limits that no test has to wait long for.
const QUICK: Limits =
    Limits { offline: Duration::from_millis(1_500), stall: Duration::from_millis(700), slowest: 100_000 };

/// Four files like MNIST's, with their names: unpacked, and compressed.
fn files() -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let names =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let file = |(name, len): (&str, usize)| {
        // Noise and zeros, which make a file of about half the length.
        let bytes: Vec<u8> = (0..len).map(|i| if i / 100 % 2 == 0 { rng.random() } else { 0 }).collect();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        (name.to_string(), bytes, encoder.finish().unwrap())
    };
    names.into_iter().zip([300_000, 3_000, 60_000, 700]).map(file).collect()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The source of these files on some mirrors.
fn source(mirrors: &[&str]) -> Source {
    let file = |(name, bytes, packed): (String, Vec<u8>, Vec<u8>)| SourceFile {
        name,
        packed_len: packed.len() as u64,
        packed_sha256: sum(&packed),
        len: bytes.len() as u64,
        sha256: Some(sum(&bytes)),
    };
    Source { mirrors: mirrors.iter().map(|&url| url.into()).collect(), files: files().into_iter().map(file).collect() }
}

/// A server of these files.
fn serve(manner: impl Fn(&str, usize) -> Manner + Send + Sync + 'static) -> Server {
    Server::new(files().into_iter().map(|(name, _, packed)| (name + ".gz", packed)).collect(), manner)
}

/// A server that does the same with every request.
fn always(manner: Manner) -> Server {
    serve(move |_, _| manner)
}

/// Whether the folder is there. If it is, it has the four files, and no others.
fn is_whole(dir: &Path) -> bool {
    if !dir.exists() {
        return false;
    }
    let mut expected = files();
    expected.sort();
    assert_eq!(names(dir), expected.iter().map(|(name, ..)| name.clone()).collect::<Vec<_>>());
    for (name, bytes, _) in expected {
        assert!(fs::read(dir.join(&name)).unwrap() == bytes, "{name}");
    }
    true
}

/// A folder that does not exist, in one that does.
fn nowhere() -> (tempfile::TempDir, std::path::PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("cache/shapeproof/mnist");
    (root, dir)
}

//! MNIST's files where permissions apply, and where another user may have written.
#![cfg(unix)]

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::child::{as_nobody, child, is_child};
use shapeproof::data::mnist::{self, Mnist, Origin};
use shapeproof::data::{idx, synthetic};
use shapeproof::tensor::Tensor;

/// Writes this many white squares to `dir`.
fn put(dir: &Path, train: usize, test: usize) {
    fs::create_dir_all(dir).unwrap();
    for (name, count) in [("train", train), ("t10k", test)] {
        let images = vec![Tensor([[[255_u8; 28]; 28]]); count];
        idx::write(dir.join(format!("{name}-images-idx3-ubyte")), &images).unwrap();
        idx::write(dir.join(format!("{name}-labels-idx1-ubyte")), &vec![7_u8; count]).unwrap();
    }
}

#[test]
fn what_may_not_be_read_is_not_missing() {
    as_nobody("nobody_may_read");
}

#[test]
#[ignore = "not a test, but the process that one starts"]
fn nobody_may_read() {
    if !is_child() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("digits");
    put(&dir, 3, 1);
    let error = || Mnist::read(&dir).unwrap_err().to_string();

    let images = dir.join("train-images-idx3-ubyte");
    fs::set_permissions(&images, Permissions::from_mode(0o000)).unwrap();
    assert_eq!(error(), format!("cannot open {}: Permission denied (os error 13)", images.display()));
    fs::set_permissions(&dir, Permissions::from_mode(0o000)).unwrap();
    assert_eq!(error(), format!("cannot look for {}: Permission denied (os error 13)", images.display()));

    fs::set_permissions(&dir, Permissions::from_mode(0o700)).unwrap();
    let cached = root.path().join("shapeproof/mnist");
    fs::create_dir_all(cached.parent().unwrap()).unwrap();
    fs::rename(&dir, &cached).unwrap();
    fs::set_permissions(&cached, Permissions::from_mode(0o000)).unwrap();
    let error = mnist::find(None, Some(root.path())).unwrap_err().to_string();
    assert!(error.starts_with("cannot look for ") && error.ends_with("Permission denied (os error 13)"), "{error}");
    fs::set_permissions(&cached, Permissions::from_mode(0o700)).unwrap();
}

/// Anybody may write to the temporary folder.
#[test]
fn nothing_is_taken_from_the_temporary_folder() {
    let [temporary, elsewhere] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    put(&temporary.path().join("shapeproof/synthetic-v1"), 10_000, 2_000);
    let mut process = child("digits_without_a_place");
    let output = process.env("TMPDIR", temporary.path()).current_dir(&elsewhere).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    for folder in [temporary.path(), elsewhere.path()] {
        let planted = usize::from(folder == temporary.path());
        assert_eq!(fs::read_dir(folder).unwrap().count(), planted, "nor anything put there");
    }
}

#[test]
#[ignore = "not a test, but the process that one starts"]
fn digits_without_a_place() {
    if !is_child() {
        return;
    }
    let origin = mnist::find(None, None).unwrap();
    assert_eq!(origin, Origin::Synthetic);
    let mnist = origin.read().unwrap();
    assert_eq!(mnist.train.images()[..10], synthetic::digits(10, 1).0[..]);
}

//! Downloads to a disk that is full, or to a folder that cannot be written to.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::files::names;
use crate::killed::process;
use crate::server::Manner;
use crate::{QUICK, always, is_whole, nowhere, source};

/// A small disk in memory, mounted until this is dropped.
struct Disk<'a>(&'a Path);

impl Disk<'_> {
    /// Returns `None` where only root may mount, or nobody.
    fn of<'a>(folder: &'a Path, size: &str) -> Option<Disk<'a>> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Disk(folder))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0).status().ok();
    }
}

#[test]
fn a_full_disk_is_an_error_and_gets_its_space_back() {
    let server = always(Manner::Good);
    let root = tempfile::tempdir().unwrap();
    // Full in the middle of the compressed file, and of the unpacked one.
    for size in ["64k", "256k", "400k"] {
        let Some(_disk) = Disk::of(root.path(), size) else {
            return println!("SKIPPED: no file system can be mounted here");
        };
        let dir = root.path().join("mnist");
        let error = source(&[&server.url]).download(&dir, &QUICK, &mut |_| {}).unwrap_err().to_string();
        assert!(error.starts_with("cannot write ") && error.contains("No space left on device"), "{size}: {error}");
        assert_eq!(names(root.path()), [".mnist.lock"], "{size}");
    }
}

/// The same without a disk of its own: no file may be longer than a few kilobytes.
#[test]
fn a_file_that_cannot_grow_is_an_error() {
    let server = always(Manner::Good);
    for blocks in [0, 8, 64, 512] {
        let (_root, dir) = nowhere();
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let process = process(&dir, &server.url);
        let mut limited = Command::new("sh");
        limited.args(["-c", &script]).arg(process.get_program()).args(process.get_args());
        for (name, value) in process.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        let output = limited.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{blocks}: {said}");
        assert!(said.contains("error: cannot write ") && said.contains("File too large"), "{blocks}: {said}");
        assert_eq!(names(dir.parent().unwrap()), [".mnist.lock"], "{blocks}");
    }
}

#[test]
fn what_is_in_the_way_is_an_error() {
    let server = always(Manner::Good);
    let root = tempfile::tempdir().unwrap();
    let run = |dir: &Path| source(&[&server.url]).download(dir, &QUICK, &mut |_| {});
    fs::write(root.path().join("file"), "mine").unwrap();
    let error = run(&root.path().join("file/mnist")).unwrap_err().to_string();
    assert!(error.starts_with("cannot "), "{error}");
    let error = run(&root.path().join("file")).unwrap_err().to_string();
    assert!(error.starts_with("cannot look into "), "{error}");
    fs::create_dir(root.path().join(".mnist.lock")).unwrap();
    let error = run(&root.path().join("mnist")).unwrap_err().to_string();
    assert!(error.starts_with("cannot write ") && error.ends_with("it is not a regular file"), "{error}");
    assert_eq!(server.count(), 0);

    fs::remove_dir(root.path().join(".mnist.lock")).unwrap();
    fs::write(root.path().join(".mnist.part"), "mine").unwrap();
    let error = run(&root.path().join("mnist")).unwrap_err().to_string();
    assert!(error.starts_with("cannot make "), "{error}");
    fs::remove_file(root.path().join(".mnist.part")).unwrap();
    run(&root.path().join("mnist")).unwrap();
    assert!(is_whole(&root.path().join("mnist")));
}

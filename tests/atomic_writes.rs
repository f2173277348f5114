//! Files are written whole or not at all, whatever the destination is: `io::write_atomically`.
#![cfg(unix)]

mod common;

use std::fs::{self, File, Permissions};
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;

use common::child::{as_nobody, child, is_child};
use common::files::{make_pipe, names};
use shapeproof::io::{destination, write_atomically};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn error(path: &Path) -> String {
    let error = write_atomically(path, b"new").unwrap_err().to_string();
    error.strip_prefix(&format!("cannot write {}: ", path.display())).unwrap_or_else(|| panic!("{error}")).to_string()
}

#[test]
fn a_file_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let (path, usual) = (folder.path().join("file"), folder.path().join("usual"));
    write_atomically(&path, b"new").unwrap();
    fs::write(&usual, b"new").unwrap();
    assert_eq!(mode(&path), mode(&usual), "a new file's is the usual one");
    for kept in [0o600, 0o640, 0o666, 0o755, 0o700, 0o646] {
        fs::set_permissions(&path, Permissions::from_mode(kept)).unwrap();
        write_atomically(&path, b"newer").unwrap();
        assert_eq!(mode(&path), kept);
    }
    fs::set_permissions(&path, Permissions::from_mode(0o4755)).unwrap();
    write_atomically(&path, b"no program any more").unwrap();
    assert_eq!(mode(&path), 0o755, "as when a file is written to");
}

#[test]
fn a_file_keeps_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "old").unwrap();
    if chown(&path, Some(12_345), Some(54_321)).is_err() {
        return eprintln!("SKIPPED: only root can give a file away");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o660)).unwrap();
    write_atomically(&path, b"new").unwrap();
    let found = fs::metadata(&path).unwrap();
    assert_eq!((found.uid(), found.gid(), mode(&path)), (12_345, 54_321, 0o660));
}

/// For users who are subject to permissions; root may write anything.
#[test]
fn permissions_are_kept_to() {
    as_nobody("nobody_keeps_to_permissions");
}

#[test]
#[ignore = "not a test, but the process that one starts"]
fn nobody_keeps_to_permissions() {
    if !is_child() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("read-only");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    assert_eq!(error(&path), "Permission denied (os error 13)", "as writing to it would say");
    assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"old".to_vec(), 0o444));
    assert_eq!(names(folder.path()), ["read-only"]);

    // Owned by root, created by `as_nobody`. Its group, which nobody is not in, has more permissions on it than others.
    let Some(path) = std::env::var_os("ROOTS_FILE").map(PathBuf::from) else { return };
    assert_eq!((fs::metadata(&path).unwrap().uid(), mode(&path)), (0, 0o662));
    write_atomically(&path, b"new").unwrap();
    let found = fs::metadata(&path).unwrap();
    assert_eq!((found.uid() != 0, mode(&path)), (true, 0o622), "another group now, and it was not trusted");
}

#[test]
fn links_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("here")).unwrap();
    fs::create_dir_all(at("there")).unwrap();
    symlink("there", at("folder")).unwrap();
    symlink("../folder/second", at("here/first")).unwrap();
    symlink(at("there/third"), at("there/second")).unwrap();
    symlink("file", at("there/third")).unwrap();
    // First to a file that does not exist yet.
    for text in ["new", "newer"] {
        write_atomically(at("here/first"), text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(at("there/file")).unwrap(), text);
        assert!(!at("there/file").is_symlink());
        assert_eq!(names(&at("here")), ["first"]);
        assert_eq!(names(&at("there")), ["file", "second", "third"]);
        for link in ["here/first", "there/second", "there/third"] {
            assert!(at(link).is_symlink(), "{link}");
        }
    }
    symlink("nowhere/file", at("lost")).unwrap();
    assert_eq!(error(&at("lost")), "No such file or directory (os error 2)");
    symlink("loop", at("loop")).unwrap();
    assert!(error(&at("loop")).contains("symbolic link"));
    symlink("there", at("to a folder")).unwrap();
    assert_eq!(error(&at("to a folder")), "it is a folder");
    symlink("nothing/", at("to no folder")).unwrap();
    assert_eq!(error(&at("to no folder")), "invalid filename");
    assert!(!at("nothing").exists());
}

/// Through links: if this fails, the link is replaced, and not the machine's device.
#[test]
fn devices_are_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink("/dev/null", at("null")).unwrap();
    write_atomically(at("null"), b"nobody reads this").unwrap();
    if Path::new("/dev/full").exists() {
        symlink("/dev/full", at("full")).unwrap();
        for length in [1, 100_000] {
            let error = write_atomically(at("full"), &vec![0; length]).unwrap_err().to_string();
            let expected = format!("cannot write {}: No space left on device (os error 28)", at("full").display());
            assert_eq!(error, expected);
        }
        assert!(at("full").is_symlink());
    }
    assert!(at("null").is_symlink() && fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn pipes_are_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    make_pipe(&pipe);
    let contents: Vec<u8> = (0..200_000).map(|i| (i % 251) as u8).collect();
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    write_atomically(&pipe, &contents).unwrap();
    assert!(reader.join().unwrap() == contents);
    assert_eq!(names(folder.path()), ["pipe"]);

    // A reader that stops early. The pipe is another one: a process that some other test is just starting may still hold the end that
    // was read, and the writer would not wait for this reader.
    let pipe = folder.path().join("another");
    make_pipe(&pipe);
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || File::open(pipe).unwrap().read_exact(&mut [0]).unwrap()
    });
    assert_eq!(error_of(&pipe, &vec![0; 1 << 22]), "Broken pipe (os error 32)");
    reader.join().unwrap();
}

fn error_of(path: &Path, bytes: &[u8]) -> String {
    let error = write_atomically(path, bytes).unwrap_err().to_string();
    error.strip_prefix(&format!("cannot write {}: ", path.display())).unwrap().to_string()
}

#[test]
#[ignore = "not a test, but the process that one starts"]
fn speaker() {
    if !is_child() {
        return;
    }
    let link = std::env::var_os("LINK").unwrap();
    print!("before, ");
    write_atomically(link, b"meanwhile, ").unwrap();
    println!("after");
}

/// Also if standard output is a file, which must not be replaced: everything printed later would be lost.
#[test]
fn standard_output_is_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    symlink("/dev/stdout", &link).unwrap();
    let speaker = || {
        let mut speaker = child("speaker");
        speaker.env("LINK", &link);
        speaker
    };
    let check = |found: &[u8]| {
        let found = String::from_utf8_lossy(found);
        assert!(found.contains("before, meanwhile, after\n"), "{found}");
        assert!(link.is_symlink());
    };
    check(&speaker().output().unwrap().stdout);

    let path = folder.path().join("output");
    let mut file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    assert!(speaker().stdout(file.try_clone().unwrap()).status().unwrap().success());
    let mut found = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut found).unwrap();
    check(&found);
    assert_eq!(fs::read(&path).unwrap(), found);

    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut process = speaker().stdout(Stdio::from(OwnedFd::from(theirs))).spawn().unwrap();
    let mut found = Vec::new();
    ours.read_to_end(&mut found).unwrap();
    process.wait().unwrap();
    check(&found);
}

#[test]
fn names_may_be_as_long_as_the_system_lets_them() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x".repeat(255), "数".repeat(85), format!("{}.", "é".repeat(127))] {
        let path = folder.path().join(&name);
        for text in ["new", "newer"] {
            write_atomically(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(names(folder.path()), [&*name]);
        }
        fs::remove_file(path).unwrap();
    }
    assert!(error(&folder.path().join("x".repeat(256))).starts_with("File name too long"));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path(), Path::new("/"), Path::new("."), Path::new("..")] {
        assert_eq!(error(path), "it is a folder");
    }
    for path in ["new/", "new/.", "new//"] {
        assert_eq!(error(&folder.path().join(path)), "invalid filename");
    }
    assert_eq!(error(Path::new("")), "invalid filename");
    fs::write(folder.path().join("file"), "old").unwrap();
    assert_eq!(error(&folder.path().join("file/")), "Not a directory (os error 20)");
    assert_eq!(error(&folder.path().join("file/new")), "Not a directory (os error 20)");
    assert_eq!(error(&folder.path().join("no/new")), "No such file or directory (os error 2)");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn many_writers_leave_one_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    write_atomically(&path, &[0; 50_000]).unwrap();
    thread::scope(|scope| {
        for writer in 1..=6 {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..10 {
                    write_atomically(path, &[writer; 50_000]).unwrap();
                    let found = fs::read(path).unwrap();
                    assert!(found.len() == 50_000 && found.iter().all(|&byte| byte == found[0]));
                }
            });
        }
    });
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn the_destination_is_known_before() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("old"), "old").unwrap();
    symlink("old", path("link")).unwrap();
    symlink("new", path("dangling")).unwrap();
    symlink(".", path("folder")).unwrap();
    make_pipe(path("pipe"));
    let before = names(folder.path());
    for (name, to) in [("new", "new"), ("old", "old"), ("link", "old"), ("dangling", "new"), ("folder/./link", "old")] {
        assert_eq!(destination(path(name)).unwrap(), Some(real.join(to)), "{name}");
    }
    // The pipe has no reader.
    for stream in [&path("pipe"), Path::new("/dev/null"), Path::new("/dev/stderr")] {
        assert_eq!(destination(stream).unwrap(), None, "{}", stream.display());
    }
    for (name, reason) in [("folder", "it is a folder"), ("new/", "invalid filename"), ("nowhere/in", "No such file")] {
        let path = path(name);
        let error = destination(&path).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot write {}: {reason}", path.display())), "{error}");
        assert_eq!(error, write_atomically(&path, b"new").unwrap_err().to_string(), "what a write says");
    }
    assert_eq!(names(folder.path()), before);
    assert_eq!(fs::read_to_string(path("old")).unwrap(), "old");
}

//! What mirrors send instead of a file.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use shapeproof::Error;
use shapeproof::data::download::{News, SourceFile, download};
use shapeproof::data::mnist::Set;

use crate::common::files::names;
use crate::server::{Manner, Server};
use crate::{QUICK, always, files, is_whole, nowhere, serve, source};

/// Everything that is wrong with a server, and what the error says.
const BAD: [(Manner, &str); 11] = [
    (Manner::Wrong, "SHA-256 "),
    (Manner::Endless, "SHA-256 "),
    (Manner::Cut(0), "0 bytes, then the connection was cut"),
    (Manner::Cut(100), "bytes, then the connection was cut"),
    (Manner::Stall(0), "0 bytes, and nothing more in time"),
    (Manner::Stall(5_000), "0 bytes, and nothing more in time"),
    (Manner::Silent, "nothing more in time"),
    (Manner::Html, "a web page"),
    (Manner::Missing, "status 404"),
    (
        Manner::ToHttps,
        if cfg!(feature = "https") { "" } else { "a redirect to https, which needs the feature `https`" },
    ),
    (Manner::Noise, ""),
];

#[test]
fn files_are_downloaded_and_progress_is_reported() {
    let server = always(Manner::Good);
    let (_root, dir) = nowhere();
    let source = source(&[&server.url]);
    let mut reports = Vec::new();
    source.download(&dir, &QUICK, &mut |news| reports.push(news)).unwrap();
    assert!(is_whole(&dir));
    assert_eq!(server.count(), 4);
    assert_eq!(names(dir.parent().unwrap()), [".mnist.lock", "mnist"]);
    let bytes = |news: &News| match *news {
        News::Received { bytes, total } if total == source.packed_len() => bytes,
        news => panic!("{news:?}"),
    };
    let bytes: Vec<u64> = reports.iter().map(bytes).collect();
    assert!(bytes.is_sorted() && bytes.len() >= 8, "{bytes:?}");
    assert_eq!(bytes.last(), Some(&source.packed_len()));

    // What is there is not downloaded again.
    source.download(&dir, &QUICK, &mut |_| panic!("nothing comes")).unwrap();
    assert_eq!(server.count(), 4);
}

#[test]
fn a_bad_mirror_is_an_error_and_the_next_one_is_asked() {
    let good = always(Manner::Good);
    for (manner, says) in BAD {
        let bad = always(manner);
        let (_root, dir) = nowhere();
        let start = Instant::now();
        let error = source(&[&bad.url]).download(&dir, &QUICK, &mut |_| {}).unwrap_err();
        // At the most: the time without a byte, and one stall.
        assert!(start.elapsed() < Duration::from_secs(6), "{manner:?}: {:?}", start.elapsed());
        let Error::Download { file, mismatches } = &error else { panic!("{manner:?}: {error}") };
        assert_eq!((&file[..], mismatches.len()), ("train-images-idx3-ubyte.gz", 1), "{manner:?}");
        assert_eq!(mismatches[0].what, format!("{}{file}", bad.url), "{manner:?}");
        assert!(mismatches[0].found.contains(says), "{manner:?}: {error}");
        assert!(!dir.exists(), "{manner:?}");

        let (_root, dir) = nowhere();
        source(&[&bad.url, &good.url]).download(&dir, &QUICK, &mut |_| {}).unwrap();
        assert!(is_whole(&dir), "{manner:?}");
    }
}

/// A server that closes the connection all the time, but each time after a few more bytes.
#[test]
fn after_a_cut_only_the_rest_is_requested() {
    let server = always(Manner::Cut(40_000));
    let (_root, dir) = nowhere();
    source(&[&server.url]).download(&dir, &QUICK, &mut |_| {}).unwrap();
    assert!(is_whole(&dir));
    let mut expected = Vec::new();
    for (name, _, packed) in files() {
        expected.extend((0..packed.len()).step_by(40_000).map(|start| (format!("{name}.gz"), start)));
    }
    assert!(expected.len() > 6);
    assert_eq!(*server.requests.lock().unwrap(), expected);
}

#[test]
fn a_download_is_continued_whatever_the_mirror_does() {
    let first = always(Manner::Stall(50_000));
    for manner in [Manner::Good, Manner::NoRanges, Manner::Moved, Manner::Slow(100)] {
        let (_root, dir) = nowhere();
        source(&[&first.url]).download(&dir, &QUICK, &mut |_| {}).unwrap_err();
        let part = dir.with_file_name(".mnist.part/train-images-idx3-ubyte.gz");
        let had = fs::metadata(&part).unwrap().len();
        assert!(had >= 50_000 && !dir.exists());
        let second = always(manner);
        source(&[&second.url]).download(&dir, &QUICK, &mut |_| {}).unwrap();
        assert!(is_whole(&dir), "{manner:?}");
        assert_eq!(second.requests.lock().unwrap()[0].1 as u64, had, "{manner:?}");
    }
    // A mirror that sends the wrong part is passed over.
    let (_root, dir) = nowhere();
    source(&[&first.url]).download(&dir, &QUICK, &mut |_| {}).unwrap_err();
    let [odd, good] = [Manner::OtherPart, Manner::Good].map(always);
    source(&[&odd.url, &good.url]).download(&dir, &QUICK, &mut |_| {}).unwrap();
    assert!(is_whole(&dir));
}

/// What was there before may be damaged, or longer than the whole file.
#[test]
fn a_damaged_part_is_fetched_anew() {
    let packed = files().swap_remove(0).2;
    let mut flipped = packed[..60_000].to_vec();
    flipped[9] ^= 1;
    let mut full = packed.clone();
    full[9] ^= 1;
    for (part, requests) in [
        (flipped, 5),
        (vec![7; packed.len() - 1], 5),
        (full, 4),
        (vec![7; packed.len() + 1], 4),
        (vec![], 4),
        (packed, 3),
    ] {
        let server = always(Manner::Good);
        let (_root, dir) = nowhere();
        let folder = dir.with_file_name(".mnist.part");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("train-images-idx3-ubyte.gz"), &part).unwrap();
        // Left by a process that was killed.
        fs::write(folder.join(".train-images-idx3-ubyte.0123456789abcdef.tmp"), "half").unwrap();
        source(&[&server.url]).download(&dir, &QUICK, &mut |_| {}).unwrap();
        assert!(is_whole(&dir));
        assert_eq!(server.count(), requests, "{}", part.len());
    }
}

/// Nothing is sent, whether connections are refused, accepted or left in the queue.
#[test]
fn without_a_network_there_is_an_error_in_time() {
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let queued = format!("http://{}/", listener.local_addr().unwrap());
    let silent = always(Manner::Silent);
    for mirrors in [&[&*refused, &refused][..], &[&queued], &[&silent.url, &queued, &silent.url]] {
        let (_root, dir) = nowhere();
        let start = Instant::now();
        let error = source(mirrors).download(&dir, &Default::default(), &mut |_| {}).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(5), "{mirrors:?}: {:?}", start.elapsed());
        let Error::Download { mismatches, .. } = error else { panic!("{error}") };
        assert_eq!(mismatches.len(), mirrors.len());
        assert_eq!(names(dir.parent().unwrap()), [".mnist.lock", ".mnist.part"]);
    }
}

/// A mirror that sends a byte now and then is given up as well.
#[test]
fn a_trickle_is_given_up() {
    let server = always(Manner::Slow(100_000));
    let (_root, dir) = nowhere();
    let start = Instant::now();
    source(&[&server.url]).download(&dir, &QUICK, &mut |_| {}).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(!dir.exists());
}

#[test]
fn a_file_that_only_another_mirror_has_comes_from_there() {
    let has = |end: &'static str| serve(move |name, _| if name.contains(end) { Manner::Good } else { Manner::Missing });
    let [images, labels] = ["images", "labels"].map(has);
    let (_root, dir) = nowhere();
    source(&[&images.url, &labels.url]).download(&dir, &QUICK, &mut |_| {}).unwrap();
    assert!(is_whole(&dir));
    assert_eq!((images.count(), labels.count()), (4, 2));
}

#[test]
fn sums_and_lengths_of_unpacked_files_are_checked() {
    let server = always(Manner::Good);
    type Edit = fn(&mut SourceFile);
    let edits: [(Edit, &str); 3] = [
        (|file| file.len -= 1, "unpacked length: found more, expected 2999 bytes"),
        (|file| file.len += 1, "unpacked length: found 3000 bytes, expected 3001 bytes"),
        (|file| file.sha256 = Some("0".repeat(64)), "unpacked SHA-256: found "),
    ];
    for (edit, says) in edits {
        let mut source = source(&[&server.url]);
        edit(&mut source.files[1]);
        let (_root, dir) = nowhere();
        let error = source.download(&dir, &QUICK, &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(!dir.exists());
    }
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let server = always(Manner::Good);
    let (_root, dir) = nowhere();
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("train-images-idx3-ubyte"), "mine").unwrap();
    let error = source(&[&server.url]).download(&dir, &QUICK, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("folder: found other files, but no whole train-images-idx3-ubyte, expected"), "{error}");
    assert_eq!((names(&dir), server.count()), (vec!["train-images-idx3-ubyte".to_string()], 0));
    // An empty one is used.
    fs::remove_file(dir.join("train-images-idx3-ubyte")).unwrap();
    source(&[&server.url]).download(&dir, &QUICK, &mut |_| {}).unwrap();
    assert!(is_whole(&dir));
}

#[test]
fn qmnist_is_not_downloaded() {
    let (root, _) = nowhere();
    let error = download(Set::Qmnist, root.path(), &mut |_| panic!("nothing comes")).unwrap_err().to_string();
    assert!(error.starts_with("set: found QMNIST, expected one whose SHA-256 sums are published"), "{error}");
    assert!(names(root.path()).is_empty());
}

#[test]
fn an_address_must_be_one() {
    let (_root, dir) = nowhere();
    let good: Server = always(Manner::Good);
    source(&["", "no address", "ftp://127.0.0.1/", &good.url]).download(&dir, &QUICK, &mut |_| {}).unwrap();
    assert!(is_whole(&dir));
}

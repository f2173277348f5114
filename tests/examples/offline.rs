//! The example `mnist` where MNIST is not found.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::common::files::names;
use crate::{end, example};

const SMALL: [&str; 6] = ["--network", "small", "--epochs", "1", "--limit", "12"];

/// The only way to the internet is a proxy, which refuses everything.
#[test]
fn digits_are_synthetic_where_mnist_can_not_be_or_must_not_be_downloaded() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    thread::spawn(move || {
        for mut stream in proxy.incoming().flatten() {
            counted.fetch_add(1, Ordering::Relaxed);
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").ok();
        }
    });
    let cache = tempfile::tempdir().unwrap();
    let run = |options: &[&str]| {
        let mut example = example("mnist", &[&SMALL[..], options].concat());
        example.env_remove("MNIST_DIR").env("XDG_CACHE_HOME", cache.path()).env("HOME", cache.path());
        example.env("ALL_PROXY", &address).env_remove("NO_PROXY").env_remove("no_proxy").current_dir(&cache);
        let (code, out, err) = end(example.output().unwrap());
        assert!(code == Some(0) && out.contains("unpack these four files"), "{out} {err}");
        (out, err, visits.swap(0, Ordering::Relaxed))
    };
    let (out, err, visits) = run(&["--offline"]);
    assert!(out.starts_with("synthetic digits, not MNIST\n") && err.is_empty() && visits == 0, "{out} {err}");
    assert!(names(cache.path()).is_empty());

    let (out, err, visits) = run(&[]);
    let failure = "synthetic digits, not MNIST: cannot download train-images-idx3-ubyte.gz: 2 mirrors:\n    http";
    assert!(out.starts_with(failure) && visits == 2, "{visits} {out}");
    assert!(
        err.starts_with("There is no MNIST here: downloading it (11.6 MB) to ") && err.lines().count() == 1,
        "{err}"
    );
}

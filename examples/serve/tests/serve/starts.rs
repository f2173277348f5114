//! How the server does not start.

use super::sample::random;
use super::server::{Server, command};

fn fails(options: &[&str]) -> (Option<i32>, String) {
    let output = command(options).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_file_of_another_network_is_refused() {
    shapeproof::network! { type Other = [1, 28, 28] => Flatten, Dense(units = 10) }
    use shapeproof::network::Network;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.safetensors");
    shapeproof::io::save(&file, &*Other::new(1), &random(1).card).unwrap();
    let (code, error) = fails(&["--model", file.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(error.starts_with("error: ") && error.contains("other.safetensors") && error.contains("conv1"), "{error}");
    let (code, error) = fails(&["--repository", folder.path().to_str().unwrap()]);
    assert_eq!(
        (code, error.contains("found none, expected NAME/VERSION/model.safetensors")),
        (Some(1), true),
        "{error}"
    );
}

#[test]
fn what_is_missing_or_taken_is_named() {
    for options in [["--model", "none.safetensors"], ["--repository", "none"], ["--page", "none.html"]] {
        let (code, error) = fails(&options);
        assert_eq!((code, error.contains("error: ")), (Some(1), true), "{error}");
    }
    let server = Server::start(&[]);
    let (code, error) = fails(&["--listen", &server.address.to_string()]);
    assert_eq!((code, error.contains("cannot listen")), (Some(1), true), "{error}");
    assert_eq!(fails(&["--timeout", "-1"]).0, Some(2));
}

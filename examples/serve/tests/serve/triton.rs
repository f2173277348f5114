//! The client of Triton, which we did not write. It is run where `INTEROP_PYTHON` names a Python that has it. The model as ONNX is
//! left in the file that `SERVE_ONNX` names, for comparisons with other servers.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use shapeproof::io::onnx::{Settings, to_onnx};

use super::sample::included;
use super::server::Server;

#[test]
fn the_client_of_triton_is_served_and_onnx_runtime_agrees() {
    let Some(python) = env::var_os("INTEROP_PYTHON") else {
        println!("SKIPPED: INTEROP_PYTHON names no Python with tritonclient and onnxruntime");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let onnx = env::var_os("SERVE_ONNX").map_or(folder.path().join("digits.onnx"), PathBuf::from);
    fs::write(&onnx, to_onnx(&*included().network, &Settings::default()).unwrap()).unwrap();
    let server = Server::start(&[]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/triton.py");
    let mut command = Command::new(python);
    command.args([script, "--server", &server.address.to_string(), "--onnx"]).arg(&onnx);
    let output = command.output().unwrap();
    let [said, wrong] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{wrong}");
    println!("{said}");
}

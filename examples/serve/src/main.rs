//! Serves the digits of the examples. For a network of your own, say its type, its file and its name here.

#[path = "../../shared/command_line.rs"]
mod command_line;
#[path = "../../models/digits.rs"]
mod digits;
mod handwritten;
#[path = "../../shared/output.rs"]
mod output;

use std::process::ExitCode;

use digits::SmallNet;
use shapeproof_serve::{Options, Served, run};

fn main() -> ExitCode {
    command_line::run(|options: Options| {
        let model = include_bytes!("../../models/digits.safetensors");
        run(&options, Served::<SmallNet> { name: "digits", model, picture: Some(handwritten::input) })
    })
}

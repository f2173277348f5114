//! What is sent: one image of 28×28 numbers.

use std::fmt::Write;

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// The protocol with a binary tensor, and a binary answer
    Binary,
    /// The protocol with JSON
    Json,
    /// A PNG to /predict
    Png,
    /// The numbers alone, as fastapi_server.py reads them
    FastapiBinary,
    /// {"data": […]}, as fastapi_server.py reads it
    FastapiJson,
}

const PNG: &[u8] = include_bytes!("../../predict/seven.png");
const INFER: &str = "/v2/models/digits/infer";

impl Kind {
    /// The bytes of the whole request.
    pub fn request(self) -> Vec<u8> {
        // Strokes have many different numbers, as images have that were scaled.
        let numbers: Vec<f32> =
            (0..784u32).map(|i| if i % 3 == 0 { (i * 37 % 256) as f32 / 255.0 } else { 0.0 }).collect();
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let data = format!("{numbers:?}");
        let input = |rest: &str| format!(r#"{{"name":"input","shape":[1,1,28,28],"datatype":"FP32",{rest}}}"#);
        match self {
            Kind::Binary => {
                let input = input(r#""parameters":{"binary_data_size":3136}"#);
                let json = format!(r#"{{"inputs":[{input}],"parameters":{{"binary_data_output":true}}}}"#);
                let length = format!("Inference-Header-Content-Length: {}\r\n", json.len());
                post(INFER, &length, &[json.as_bytes(), &bytes].concat())
            }
            Kind::Json => {
                let json = format!(r#"{{"inputs":[{}]}}"#, input(&format!(r#""data":{data}"#)));
                post(INFER, "Content-Type: application/json\r\n", json.as_bytes())
            }
            Kind::Png => post("/predict", "Content-Type: image/png\r\n", PNG),
            Kind::FastapiBinary => post("/binary", "Content-Type: application/octet-stream\r\n", &bytes),
            Kind::FastapiJson => {
                post("/json", "Content-Type: application/json\r\n", format!(r#"{{"data":{data}}}"#).as_bytes())
            }
        }
    }
}

fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}");
    // Writing to a string does not fail.
    write!(head, "Content-Length: {}\r\n\r\n", body.len()).ok();
    [head.as_bytes(), body].concat()
}

//! An inference request: read from JSON, with its tensor in the JSON or behind it.
//!
//! ```text
//! body = JSON                        no header `Inference-Header-Content-Length`
//!      | JSON (n bytes), tensors     Inference-Header-Content-Length: n
//!      | tensor                      Inference-Header-Content-Length: 0
//! ```

use std::borrow::Cow;

use serde::Deserialize;

use super::numbers::Numbers;
use super::{Refusal, Signature, shown};

/// What is asked: the inputs of a batch, and how the outputs are wanted.
#[derive(Debug, PartialEq)]
pub struct Question {
    pub id: Option<String>,
    /// Whole samples, in their order.
    pub inputs: Vec<f32>,
    pub samples: usize,
    pub wanted: Wanted,
}

/// How an output is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wanted {
    /// As bytes behind the JSON, instead of numbers in it.
    pub binary: bool,
    /// The names of this many classes instead of the numbers; 0 for the numbers.
    pub classes: usize,
}

#[derive(Deserialize)]
struct Request<'a> {
    id: Option<String>,
    #[serde(default)]
    parameters: RequestParameters,
    #[serde(borrow)]
    inputs: Vec<Input<'a>>,
    outputs: Option<Vec<Output<'a>>>,
}

#[derive(Default, Deserialize)]
struct RequestParameters {
    #[serde(default)]
    binary_data_output: bool,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    datatype: Cow<'a, str>,
    shape: Vec<i64>,
    #[serde(default)]
    parameters: InputParameters,
    data: Option<Numbers>,
}

#[derive(Default, Deserialize)]
struct InputParameters {
    binary_data_size: Option<usize>,
    shared_memory_region: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    parameters: OutputParameters,
}

#[derive(Default, Deserialize)]
struct OutputParameters {
    binary_data: Option<bool>,
    #[serde(default)]
    classification: usize,
    shared_memory_region: Option<serde::de::IgnoredAny>,
}

impl Question {
    /// Reads a request's body; `header` is the length of its JSON, if tensors follow it.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong with it.
    pub fn read(body: &[u8], header: Option<usize>, signature: &Signature) -> Result<Question, Refusal> {
        if header == Some(0) {
            return Question::raw(body, signature);
        }
        let length = header.unwrap_or(body.len());
        let Some((json, tensors)) = body.split_at_checked(length) else {
            let found = format!("found {length} for a body of {} bytes", body.len());
            return Err(Refusal::bad(format!("Inference-Header-Content-Length: {found}, expected at most its length")));
        };
        let request: Request<'_> =
            serde_json::from_slice(json).map_err(|error| Refusal::bad(format!("the request's JSON: {error}")))?;
        let wanted = wanted(&request, signature)?;
        let count = request.inputs.len();
        let [input] = <[Input<'_>; 1]>::try_from(request.inputs)
            .map_err(|_| Refusal::bad(format!("inputs: found {count}, expected 1, named {}", signature.input.name)))?;
        let samples = samples(&input, signature)?;
        Ok(Question { id: request.id, inputs: numbers(input, samples, tensors, signature)?, samples, wanted })
    }

    /// A body that is one tensor; so is the answer.
    fn raw(body: &[u8], signature: &Signature) -> Result<Question, Refusal> {
        let bytes = 4 * signature.input.numbers();
        if body.is_empty() || !body.len().is_multiple_of(bytes) {
            let found = format!("found {} bytes of a raw tensor", body.len());
            return Err(Refusal::bad(format!("the body: {found}, expected whole samples of {bytes}")));
        }
        let wanted = Wanted { binary: true, classes: 0 };
        Ok(Question { id: None, inputs: singles(body), samples: body.len() / bytes, wanted })
    }
}

fn wanted(request: &Request<'_>, signature: &Signature) -> Result<Wanted, Refusal> {
    let binary = request.parameters.binary_data_output;
    // An empty list asks for all outputs, as none does.
    let output = match request.outputs.as_deref() {
        None | Some([]) => return Ok(Wanted { binary, classes: 0 }),
        Some([output]) => output,
        Some(several) => {
            let found = several.len();
            return Err(Refusal::bad(format!("outputs: found {found}, expected 1, named {}", signature.output.name)));
        }
    };
    is_named("output", &output.name, signature.output.name)?;
    let OutputParameters { binary_data, classification, shared_memory_region } = &output.parameters;
    is_here(shared_memory_region.is_some())?;
    Ok(Wanted { binary: binary_data.unwrap_or(binary), classes: *classification })
}

/// How many samples an input has by its shape.
fn samples(input: &Input<'_>, signature: &Signature) -> Result<usize, Refusal> {
    let expected = &signature.input;
    is_named("input", &input.name, expected.name)?;
    is_here(input.parameters.shared_memory_region.is_some())?;
    if input.datatype != "FP32" {
        let found = shown(&input.datatype);
        return Err(Refusal::bad(format!("input {}: datatype: found {found}, expected FP32", expected.name)));
    }
    match input.shape.split_first() {
        Some((&samples, rest)) if samples > 0 && rest == &expected.any_batch()[1..] => {
            usize::try_from(samples).map_err(|_| Refusal::bad("input: shape: found more samples than there can be"))
        }
        _ => {
            let (found, expected_shape) = (shown(&format!("{:?}", input.shape)), expected.any_batch());
            let text = format!("found {found}, expected {expected_shape:?} with a batch of at least 1 for -1");
            Err(Refusal::bad(format!("input {}: shape: {text}", expected.name)))
        }
    }
}

fn numbers(input: Input<'_>, samples: usize, tensors: &[u8], signature: &Signature) -> Result<Vec<f32>, Refusal> {
    let name = signature.input.name;
    let refuse = |text: String| Refusal::bad(format!("input {name}: {text}"));
    let expected = samples.checked_mul(signature.input.numbers());
    let (numbers, size) = match (input.data, input.parameters.binary_data_size) {
        (Some(Numbers(numbers)), None) => (numbers, 0),
        (None, Some(size)) => match tensors.get(..size) {
            Some(bytes) if size.is_multiple_of(4) => (singles(bytes), size),
            Some(_) => return Err(refuse(format!("binary_data_size: found {size}, expected a multiple of 4"))),
            None => {
                let text = format!("found {size}, expected at most the {} bytes after the JSON", tensors.len());
                return Err(refuse(format!("binary_data_size: {text}")));
            }
        },
        (Some(_), Some(_)) => return Err(refuse("found data and binary_data_size, expected one of them".into())),
        (None, None) => return Err(refuse("found neither data nor binary_data_size, expected one of them".into())),
    };
    if Some(numbers.len()) != expected {
        let shape = signature.input.batch(samples);
        return Err(refuse(format!("data: found {} numbers, expected those of its shape {shape:?}", numbers.len())));
    }
    if size != tensors.len() {
        let found = tensors.len() - size;
        return Err(Refusal::bad(format!("the body: found {found} bytes after the last tensor, expected none")));
    }
    Ok(numbers)
}

fn is_named(what: &str, found: &str, expected: &str) -> Result<(), Refusal> {
    if found == expected {
        return Ok(());
    }
    Err(Refusal::bad(format!("{what}: found the name {}, expected {expected}", shown(found))))
}

fn is_here(elsewhere: bool) -> Result<(), Refusal> {
    if elsewhere { Err(Refusal::bad("shared memory: found a region, expected tensors in the request")) } else { Ok(()) }
}

/// Numbers of four bytes each, in little-endian order.
fn singles(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

#[cfg(test)]
#[path = "question_tests.rs"]
mod tests;

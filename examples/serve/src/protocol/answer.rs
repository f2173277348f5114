//! An inference response: JSON, with the output in it or behind it.

use serde::Serialize;

use super::classification::top;
use super::question::Wanted;
use super::{Refusal, Signature};

/// What was predicted.
pub struct Predicted<'a> {
    pub model: &'a str,
    pub version: u64,
    /// The request's own name for itself, which is repeated.
    pub id: Option<&'a str>,
    /// The numbers of the whole batch.
    pub outputs: &'a [f32],
    pub samples: usize,
    /// The names of the outputs, or nothing.
    pub classes: &'a [String],
}

/// A body, and the length of its JSON if a tensor follows.
#[derive(Debug)]
pub struct Answer {
    pub body: Vec<u8>,
    pub header: Option<usize>,
}

#[derive(Serialize)]
struct Response<'a> {
    model_name: &'a str,
    model_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    outputs: [Output<'a>; 1],
}

#[derive(Serialize)]
struct Output<'a> {
    name: &'a str,
    datatype: &'a str,
    shape: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Parameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
}

#[derive(Serialize)]
struct Parameters {
    binary_data_size: usize,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Numbers(&'a [f32]),
    Texts(Vec<String>),
}

impl Answer {
    /// Writes what was predicted as it is wanted.
    ///
    /// # Errors
    /// If a number is NaN or infinite, which JSON cannot say.
    pub fn write(predicted: &Predicted<'_>, wanted: Wanted, signature: &Signature) -> Result<Answer, Refusal> {
        let numbers = signature.output.numbers();
        let (datatype, shape, data, binary) = if wanted.classes > 0 {
            let count = wanted.classes.min(numbers);
            let batch = predicted.outputs.chunks_exact(numbers);
            let texts: Vec<String> = batch.flat_map(|outputs| top(outputs, count, predicted.classes)).collect();
            let bytes = wanted.binary.then(|| texts.iter().flat_map(|text| counted(text)).collect());
            ("BYTES", vec![predicted.samples, count], Data::Texts(texts), bytes)
        } else {
            let bytes = wanted.binary.then(|| predicted.outputs.iter().flat_map(|x| x.to_le_bytes()).collect());
            ("FP32", signature.output.batch(predicted.samples), Data::Numbers(predicted.outputs), bytes)
        };
        if let (None, Data::Numbers(numbers)) = (&binary, &data) {
            is_json(numbers)?;
        }
        let binary: Option<Vec<u8>> = binary;
        let parameters = binary.as_ref().map(|bytes| Parameters { binary_data_size: bytes.len() });
        let data = binary.is_none().then_some(data);
        let output = Output { name: signature.output.name, datatype, shape, parameters, data };
        let Predicted { model, version, id, .. } = *predicted;
        let response = Response { model_name: model, model_version: version.to_string(), id, outputs: [output] };
        let mut body = serde_json::to_vec(&response).map_err(|error| Refusal::bad(format!("the answer: {error}")))?;
        let header = binary.is_some().then_some(body.len());
        body.extend(binary.unwrap_or_default());
        Ok(Answer { body, header })
    }
}

fn is_json(numbers: &[f32]) -> Result<(), Refusal> {
    match numbers.iter().find(|number| !number.is_finite()) {
        Some(number) => {
            Err(Refusal::bad(format!("output: found {number}, which JSON cannot say; ask for it as binary data")))
        }
        None => Ok(()),
    }
}

/// A text as an element of a binary tensor: its length in four bytes, and its bytes.
fn counted(text: &str) -> impl Iterator<Item = u8> {
    (text.len() as u32).to_le_bytes().into_iter().chain(text.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    shapeproof::network! { type Net = [1, 1, 3] => Flatten, Dense(units = 2) }

    fn write(outputs: &[f32], wanted: Wanted) -> Result<Answer, Refusal> {
        let classes = ["no".to_string(), "yes".to_string()];
        let samples = outputs.len() / 2;
        let predicted = Predicted { model: "m", version: 3, id: Some("a\"b"), outputs, samples, classes: &classes };
        Answer::write(&predicted, wanted, &Signature::of::<Net>())
    }

    const HEAD: &str = r#"{"model_name":"m","model_version":"3","id":"a\"b","outputs":[{"name":"output","datatype":"#;

    #[test]
    fn numbers_are_in_the_json_or_behind_it() {
        let answer = write(&[0.5, -1.0], Wanted::default()).unwrap();
        assert_eq!(
            (String::from_utf8(answer.body), answer.header),
            (Ok(format!("{HEAD}\"FP32\",\"shape\":[1,2],\"data\":[0.5,-1.0]}}]}}")), None)
        );
        let answer = write(&[0.5, f32::NAN], Wanted { binary: true, classes: 0 }).unwrap();
        let json = format!("{HEAD}\"FP32\",\"shape\":[1,2],\"parameters\":{{\"binary_data_size\":8}}}}]}}");
        assert_eq!(answer.header, Some(json.len()));
        assert_eq!(answer.body, [json.as_bytes(), &0.5f32.to_le_bytes(), &f32::NAN.to_le_bytes()].concat());
        let refusal = write(&[0.5, f32::NAN], Wanted::default()).unwrap_err();
        assert_eq!(refusal.text, "output: found NaN, which JSON cannot say; ask for it as binary data");
    }

    #[test]
    fn classes_are_texts() {
        let answer = write(&[0.5, -1.0, 2.0, 3.0], Wanted { binary: false, classes: 1 }).unwrap();
        let data = r#""BYTES","shape":[2,1],"data":["0.500000:0:no","3.000000:1:yes"]}]}"#;
        assert_eq!(String::from_utf8(answer.body), Ok(format!("{HEAD}{data}")));
        let answer = write(&[0.5, -1.0], Wanted { binary: true, classes: 9 }).unwrap();
        let bytes = [&[13, 0, 0, 0], &b"0.500000:0:no"[..], &[15, 0, 0, 0], b"-1.000000:1:yes"].concat();
        assert_eq!(answer.body[answer.header.unwrap()..], bytes);
    }
}

use super::*;

shapeproof::network! { type Net = [1, 1, 3] => Flatten, Dense(units = 2) }

fn read(body: &[u8], header: Option<usize>) -> Result<Question, String> {
    Question::read(body, header, &Signature::of::<Net>()).map_err(|refusal| {
        assert_eq!(refusal.status, 400);
        refusal.text
    })
}

fn json(text: &str) -> Result<Question, String> {
    read(text.as_bytes(), None)
}

fn input(fields: &str) -> String {
    format!(r#"{{"inputs":[{{"name":"input","datatype":"FP32",{fields}}}]}}"#)
}

fn binary(json: &str, tensors: &[u8]) -> Result<Question, String> {
    read(&[json.as_bytes(), tensors].concat(), Some(json.len()))
}

#[test]
fn numbers_in_json() {
    let question = json(&input(r#""shape":[2,1,1,3],"data":[1,2,3,4,5,6]"#)).unwrap();
    let expected = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    assert_eq!(question, Question { id: None, inputs: expected, samples: 2, wanted: Wanted::default() });
    let asked = r#"{"id":"42","parameters":{"binary_data_output":true,"priority":3},"outputs":[{"name":"output",
        "parameters":{"classification":2}}],"inputs":[{"data":[[[[0.5,1,2]]]],"shape":[1,1,1,3],"datatype":"FP32",
        "name":"input","parameters":{}}],"unknown":[]}"#;
    let wanted = Wanted { binary: true, classes: 2 };
    let expected = Question { id: Some("42".into()), inputs: vec![0.5, 1.0, 2.0], samples: 1, wanted };
    assert_eq!(json(asked).unwrap(), expected);
}

#[test]
fn numbers_behind_the_json() {
    let bytes = [1f32, -2.0, f32::NAN].map(f32::to_le_bytes).concat();
    let asked = input(r#""shape":[1,1,1,3],"parameters":{"binary_data_size":12}"#);
    let question = binary(&asked, &bytes).unwrap();
    assert_eq!((&question.inputs[..2], question.inputs[2].is_nan()), (&[1.0, -2.0][..], true));
    let raw = read(&[1f32, 2.0, 3.0, 4.0, 5.0, 6.0].map(f32::to_le_bytes).concat(), Some(0)).unwrap();
    assert_eq!((raw.samples, raw.wanted), (2, Wanted { binary: true, classes: 0 }));
    for (body, expected) in [(&bytes[..11], "11 bytes"), (b"", "0 bytes")] {
        assert!(read(body, Some(0)).unwrap_err().contains(expected));
    }
    assert!(binary(&asked, &bytes[..8]).unwrap_err().contains("found 12, expected at most the 8 bytes"));
    let after = [&bytes[..], &[0]].concat();
    assert!(binary(&asked, &after).unwrap_err().contains("found 1 bytes after the last tensor"));
    let header = read(asked.as_bytes(), Some(asked.len() + 1)).unwrap_err();
    assert!(header.contains("expected at most its length"), "{header}");
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        ("", "the request's JSON: EOF"),
        ("{}", "missing field `inputs`"),
        (r#"{"inputs":[]}"#, "inputs: found 0, expected 1, named input"),
        (r#"{"inputs":[],"inputs":[]}"#, "duplicate field"),
        (r#"{"inputs":[{}]}"#, "missing field"),
        (r#"{"id":7,"inputs":[]}"#, "expected a string"),
        (&input(r#""shape":[1,1,1,3]"#), "found neither data nor binary_data_size"),
        (&input(r#""shape":[1,1,1,3],"data":[1,2]"#), "found 2 numbers, expected those of its shape [1, 1, 1, 3]"),
        (&input(r#""shape":[1,3],"data":[1,2,3]"#), "shape: found [1, 3], expected [-1, 1, 1, 3]"),
        (&input(r#""shape":[0,1,1,3],"data":[]"#), "shape: found [0, 1, 1, 3]"),
        (&input(r#""shape":[-1,1,1,3],"data":[1,2,3]"#), "shape: found [-1, 1, 1, 3]"),
        (&input(r#""shape":[],"data":[1,2,3]"#), "shape: found []"),
        (&input(r#""shape":[4294967296,4294967296,1,3],"data":[]"#), "shape: found [4294967296, 4294967296, 1, 3]"),
        (&input(r#""shape":[9223372036854775807,1,1,3],"data":[]"#), "found 0 numbers"),
        (&input(r#""shape":[18446744073709551616,1,1,3],"data":[]"#), "the request's JSON"),
        (&input(r#""shape":[1.0,1,1,3],"data":[]"#), "the request's JSON"),
        (&input(r#""shape":[1,1,1,3],"data":[1,2,NaN]"#), "the request's JSON"),
        (&input(r#""shape":[1,1,1,3],"parameters":{"binary_data_size":13}"#), "at most the 0 bytes"),
        (&input(r#""shape":[1,1,1,3],"parameters":{"binary_data_size":-1}"#), "the request's JSON"),
        (&input(r#""shape":[1,1,1,3],"parameters":{"binary_data_size":0},"data":[1]"#), "expected one of them"),
        (&input(r#""shape":[1,1,1,3],"parameters":{"shared_memory_region":"x"}"#), "shared memory"),
        (&input(r#""shape":[1,1,1,3],"data":[1,2,3]"#).replace("FP32", "FP16"), "found FP16, expected FP32"),
        (&input(r#""shape":[1,1,1,3],"data":[1,2,3]"#).replace(r#""input""#, r#""x""#), "found the name x"),
    ];
    for (text, expected) in cases {
        let said = json(text).unwrap_err();
        assert!(said.contains(expected), "{text}: {said}");
    }
    let with = |outputs: &str| {
        json(&input(r#""shape":[1,1,1,3],"data":[1,2,3]"#).replacen('{', &format!(r#"{{"outputs":{outputs},"#), 1))
    };
    assert!(with("[]").is_ok() && with(r#"[{"name":"output"}]"#).is_ok());
    assert!(with(r#"[{"name":"y"}]"#).unwrap_err().contains("found the name y, expected output"));
    assert!(with(r#"[{"name":"output"},{"name":"output"}]"#).unwrap_err().contains("found 2, expected 1"));
    assert!(with(r#"[{"name":"output","parameters":{"classification":-1}}]"#).is_err());
}

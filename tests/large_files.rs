//! Files far larger than any model of the network: refused quickly, with short errors, and without being read whole.

use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant};

use shapeproof::Error;
use shapeproof::data::Pairs;
use shapeproof::io::{self, Card, Model, checkpoint_from_bytes, load_checkpoint};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::Vector;
use shapeproof::train::{Settings, Trainer};

shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 2) }

/// The largest sizes of files of `Net`: see `src/io/header.rs`.
const HEADER: usize = (4 << 20) + 8 * (5 * 2 + 25 * 2) + 1024 * (8 * 2 * 2 + 2);
const FILE: u64 = 8 + HEADER as u64 + 8 * 6 * 8 + (64 << 20);
/// A guard against hanging, also on busy machines.
const LONGEST: Duration = Duration::from_secs(60);

fn trainer() -> Trainer<Net, CrossEntropy<2>, SGD> {
    let settings = Settings { threads: Some(1), ..Settings::default() };
    Trainer::new(Net::new(3), CrossEntropy::new(), SGD::new(0.1), settings).unwrap()
}

#[test]
fn a_file_is_refused_by_its_length_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.safetensors");
    // Sparse: they need no disk space.
    for length in [3 << 30, FILE + 1] {
        fs::File::create(&path).unwrap().set_len(length).unwrap();
        let expected = format!("{}: file length: found {length} bytes, expected at most {FILE}", path.display());
        let errors = [Model::<Net>::load(&path).map(|_| ()), load_checkpoint(&path, &mut trainer()).map(|_| ())];
        for error in errors.map(Result::unwrap_err) {
            assert!(matches!(error, Error::Format { .. }) && error.to_string().starts_with(&expected), "{error}");
        }
    }
}

/// A file with this header, and nothing after it.
fn with_header(header: &str) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat()
}

/// The error about the header; checks its length and the time.
fn said(header: &str) -> String {
    let (bytes, start) = (with_header(header), Instant::now());
    let error = Model::<Net>::from_bytes(&bytes).unwrap_err().to_string();
    let again = checkpoint_from_bytes(&bytes, &mut trainer()).unwrap_err().to_string();
    let seconds = start.elapsed();
    println!("{} bytes of header, {} of error, {seconds:?}: {:.100}", header.len(), error.len(), error);
    assert!(seconds < LONGEST, "{seconds:?}");
    assert!(error.len() < 10_000 && again.len() < 10_000, "{} {}", error.len(), again.len());
    error
}

/// This many tensors without numbers.
fn tensors(count: usize) -> String {
    let mut header = String::from("{");
    for at in 0..count {
        write!(header, r#""\u001b{at}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}},"#).unwrap();
    }
    header.pop();
    header + "}"
}

#[test]
fn a_header_of_any_size_is_refused_quickly_and_in_few_words() {
    let error = said(&tensors(10_005));
    assert!(error.starts_with("the model: 10007 mismatches:\n    0.weight: found no such tensor, expected [2, 2]\n"));
    assert!(
        error.contains("\n    \\u{1b}0: found [0], expected no such tensor\n")
            && error.ends_with("\n    and 9987 more")
    );
    for count in [10_033, 60_000] {
        assert!(
            said(&tensors(count)).starts_with("the model: header: found more than 10032 tensors at line 1 column ")
        );
    }
    let spaces = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
    assert!(said(&spaces(HEADER)).starts_with("the model: 2 mismatches:\n    0.weight: found no such tensor"));
    let expected =
        format!("the model: header: found {} bytes, expected at most {HEADER} bytes for this network", HEADER + 1);
    assert_eq!(said(&spaces(HEADER + 1)), expected);
    assert!(said(&tensors(1_500_000)).starts_with("the model: header: found "), "90 MB");
}

#[test]
fn whatever_fills_a_header_is_refused_too() {
    let most = HEADER - 1000;
    let entry = |shape: &str| format!(r#"{{"0.weight":{{"dtype":"F32","shape":[{shape}],"data_offsets":[0,0]}}}}"#);
    let record = |text: &str| format!(r#"{{"__metadata__":{{"shapeproof":"{text}"}}}}"#);
    let golden = |text: &str| {
        record(&format!(
            r#"{{\"sha256\":\"0\",\"format\":1,\"version\":\"\",\"architecture\":\"\",\"preprocessing\":null,\"classes\":[],\"golden\":{text}}}"#
        ))
    };
    for header in [
        // Dimensions, digits, depth, keys, escapes; in the header, in the record, and in a text of it.
        entry("0,".repeat(most / 2).trim_end_matches(',')),
        entry(&"1".repeat(most)),
        format!(r#"{{"a":{}"#, "[".repeat(most)),
        format!(r#"{{"{}":0}}"#, "a".repeat(most)),
        format!(r#"{{"{}":0}}"#, "\\u001b".repeat(most / 6)),
        record(&"[".repeat(most)),
        record(&format!(r#"{{\"format\":{}}}"#, "1".repeat(most))),
        record(&format!(r#"{{\"sha256\":\"{}\",\"format\":1}}"#, "0".repeat(most))),
        golden(&format!(r#"[{{\"input\":[0.{}],\"output\":[]}}]"#, "123456789".repeat(most / 9))),
        golden(&"[".repeat(most)),
        format!(r#"{{"__metadata__":{{"{}":"{}"}}}}"#, "k".repeat(most / 2), "v".repeat(most / 2 - 50)),
        // A checksum placeholder almost everywhere.
        format!(
            r#"{{"__metadata__":{{"zz":"{}","shapeproof":"{{\"sha256\":\"{}b\",\"format\":1}}"}}}}"#,
            "a".repeat(most * 2 / 3),
            "a".repeat(most / 3 - 100)
        ),
    ] {
        said(&header);
    }
}

/// The length of a header may begin with the same bytes as a pickle.
#[test]
fn a_header_of_any_length_is_no_pickle() {
    let network = Net::new(1);
    let model = io::to_bytes(&*network, &Card::default()).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&model).unwrap().tensors();
    let bare = safetensors::serialize(tensors, None).unwrap();
    let (header, numbers) = bare[8..].split_at(u64::from_le_bytes(bare[..8].try_into().unwrap()) as usize);
    for length in (512_usize..2048).step_by(8) {
        let padding = vec![b' '; length - header.len()];
        let file = [&(length as u64).to_le_bytes(), header, &padding, numbers].concat();
        io::from_bytes(&file, &mut *Net::zeros()).unwrap_or_else(|error| panic!("{length}: {error}"));
    }
}

#[test]
fn as_many_classes_as_there_are_outputs_and_no_longer_than_a_line() {
    let card = Card { classes: vec!["c".repeat(1 << 20), "no".into()], ..Card::default() };
    let error = io::to_bytes(&*Net::new(1), &card).unwrap_err().to_string();
    assert_eq!(error, "the model: classes: found 1048576 bytes for class 0, expected names of at most 256");
}

/// What can be written can be read: the largest files that fit.
#[test]
fn limits_leave_room_for_what_is_written() {
    shapeproof::network! { type Wide = [3, 200, 200] => MaxPool2D(window = 100), Flatten, Dense(units = 500) }
    let classes = vec!["\"".repeat(256); 500];
    let bytes = io::to_bytes(&*Wide::new(1), &Card { classes, ..Card::default() }).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    assert!(header > 1_500_000, "{header} bytes of golden pairs and names");
    Model::<Wide>::from_bytes(&bytes).unwrap();

    let (inputs, labels) = ([Vector::from([0.0, 1.0])], [1usize]);
    let mut trainer = trainer();
    trainer.step(&Pairs::new(&inputs, &labels), &[0]);
    let bytes = io::checkpoint_to_bytes(trainer.state(), &Card::default()).unwrap();
    assert!(checkpoint_from_bytes(&bytes, &mut trainer).unwrap().is_none());
}

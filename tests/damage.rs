//! A damaged model or checkpoint is refused, whichever byte is damaged: none is loaded as something other than what was saved.

mod common;

use common::forged::{checksum, record, replaced, signed, with_record};
use common::training::xor;
use safetensors::SafeTensors;
use shapeproof::Error;
use shapeproof::data::Pairs;
use shapeproof::io::{self, Card, Checks, Model, checkpoint_from_bytes, checkpoint_to_bytes};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, SGD};
use shapeproof::train::{Fit, Settings, Trainer};

shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 2), BatchNorm }

fn card() -> Card {
    Card { classes: vec!["no".into(), "yes".into()], ..Card::default() }
}

fn model() -> Vec<u8> {
    io::to_bytes(&*Net::new(3), &card()).unwrap()
}

fn trainer() -> Trainer<Net, CrossEntropy<2>, SGD> {
    let settings = Settings { batch_size: 2, threads: Some(1), ..Settings::default() };
    Trainer::new(Net::new(3), CrossEntropy::new(), SGD::new(0.1), settings).unwrap()
}

/// A checkpoint of a training of two epochs, each of two steps.
fn checkpoint() -> Vec<u8> {
    let (inputs, labels) = xor();
    let data = Pairs::new(&inputs, &labels);
    let mut trainer = trainer();
    trainer.fit(&data, &data, &Fit { epochs: 2, schedule: &Constant }, &mut []).unwrap();
    checkpoint_to_bytes(trainer.state(), &card()).unwrap()
}

/// The error for a file that is not loaded.
fn said<T>(found: shapeproof::Result<T>) -> String {
    match found {
        Ok(_) => "nothing: it is loaded".into(),
        Err(Error::Model { mismatches, .. }) => {
            mismatches.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        }
        Err(other) => panic!("{other}"),
    }
}

fn said_of_model(bytes: &[u8]) -> String {
    said(Model::<Net>::from_bytes(bytes))
}

/// Calls `check` with a model and with a checkpoint, and with a function that returns the error for such bytes.
fn for_both(check: impl Fn(Vec<u8>, &mut dyn FnMut(&[u8]) -> String)) {
    check(model(), &mut said_of_model);
    let mut trainer = trainer();
    check(checkpoint(), &mut |bytes| said(checkpoint_from_bytes(bytes, &mut trainer)));
    assert_eq!(trainer.steps(), 0, "the trainer was touched");
    assert!(checkpoint_from_bytes(&checkpoint(), &mut trainer).unwrap().is_none());
    assert_eq!(trainer.steps(), 4);
}

fn begins_with(text: &str, whats: &[&str]) -> bool {
    whats.iter().any(|what| text.strip_prefix(what).is_some_and(|rest| rest.starts_with(": found ")))
}

/// Every byte, changed in every way that is likely to matter; in release builds, in every possible way.
#[test]
fn every_changed_byte_is_found() {
    for_both(|bytes, said| {
        let mut damaged = bytes.clone();
        for at in 0..bytes.len() {
            let byte = bytes[at];
            let few = vec![byte ^ 1, byte ^ 0x20, byte ^ 0x80, b' ', b'"', 0];
            let all = if cfg!(debug_assertions) { few } else { (0..=255).collect() };
            for other in all.into_iter().filter(|&other| other != byte) {
                damaged[at] = other;
                let said = said(&damaged);
                let found = begins_with(&said, &["file", "header", "metadata", "checksum"]);
                assert!(found, "byte {at}, {byte} → {other}: {said}");
            }
            damaged[at] = byte;
        }
    });
}

#[test]
fn every_missing_end_is_found_and_every_byte_too_many() {
    for_both(|bytes, said| {
        for length in 0..bytes.len() {
            let said = said(&bytes[..length]);
            assert!(begins_with(&said, &["file", "header"]), "{length} bytes: {said}");
        }
        for more in [&b"\0"[..], b" ", b"}", &bytes] {
            let said = said(&[&bytes, more].concat());
            assert!(begins_with(&said, &["file"]), "{said}");
        }
    });
}

#[test]
fn the_error_says_what_happened_and_the_way_out() {
    let bytes = model();
    let mut changed = bytes.clone();
    let at = changed.len() - 4;
    changed[at] ^= 1; // the last bit of a weight
    let recorded = std::str::from_utf8(&bytes[checksum(&bytes)]).unwrap();
    let expected = format!(
        "expected {recorded}, which it was written with: the file is damaged, or was changed by a program that does not know of \
         the checksum; `Checks {{ checksum: false, .. }}` reads what there is"
    );
    let said = said_of_model(&changed);
    assert!(begins_with(&said, &["checksum"]) && said.ends_with(&expected), "{said}");

    let without = Checks { checksum: false, ..Checks::default() };
    io::from_bytes_with(&changed, &mut *Net::new(1), without).unwrap();
    assert!(Model::<Net>::from_bytes(&signed(changed)).is_ok(), "it is no proof of where a file comes from");
}

/// A file of the model's tensors with this metadata.
fn with_metadata(name: &str, text: &str) -> Vec<u8> {
    let bytes = model();
    let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    safetensors::serialize(tensors, Some([(name.to_string(), text.to_string())].into())).unwrap()
}

#[test]
fn a_record_is_known_by_what_it_says_too() {
    let record = record(&model()).to_string();
    for name in ["shapeprook", "Shapeproof", "", "\u{1b}[2J"] {
        // Also with another error in the text itself.
        for text in [&record, &record.replace("golden", "goldem")] {
            let said = said_of_model(&with_metadata(name, text));
            assert!(said.ends_with("expected it in one called `shapeproof`") && !said.contains('\u{1b}'), "{said}");
        }
    }
    // Metadata of other programs are ignored.
    for (name, text) in [("format", "pt"), ("about", r#"{"format":1,"version":"2","classes":["a"]}"#)] {
        assert!(Model::<Net>::from_bytes(&with_metadata(name, text)).is_ok());
    }
}

#[test]
fn a_record_without_its_checksum_is_refused() {
    let mut record = record(&model());
    record.as_object_mut().unwrap().remove("sha256");
    let bytes = with_metadata("shapeproof", &record.to_string());
    let said = said_of_model(&bytes);
    assert!(said.starts_with("checksum: found none, expected one: "), "{said}");
    let without = Checks { checksum: false, ..Checks::default() };
    assert_eq!(io::from_bytes_with(&bytes, &mut *Net::new(1), without).unwrap(), card());
}

#[test]
fn a_newer_form_is_not_taken_for_damage() {
    let newer = with_record(&model(), |record| record["format"] = 2.into());
    let expected = "metadata: found format 2, expected format 1: this file is by a newer version of the crate";
    assert_eq!(said_of_model(&newer), expected);
    let damaged = replaced(&model(), br#"\"format\":1"#, br#"\"format\":2"#);
    assert!(begins_with(&said_of_model(&damaged), &["checksum"]));
}

//! A first program needs one `use` line, and the prelude hides no name that other programs use.

use shapeproof::prelude::*;

network! {
    /// 28×28 grayscale digits to ten logits.
    type DigitNet = [1, 28, 28] =>
        Conv2D(filters = 4, kernel = 5, stride = 2),
        ReLU,
        MaxPool2D(window = 2),
        Flatten,
        Dense(units = 10),
}

/// `Result` is Rust's own, with two parameters.
#[test]
fn a_network_is_trained_and_saved_with_the_prelude_alone() -> Result<(), Box<dyn std::error::Error>> {
    let (images, labels) = shapeproof::data::synthetic::digits(60, 1);
    let (mut inputs, labels) = (vec![Tensor([[[0.0; 28]; 28]]); 60], labels.iter().map(|&label| usize::from(label)));
    for (input, image) in inputs.iter_mut().zip(&images) {
        Normalize::mnist().apply(image.as_slice(), input);
    }
    let labels: Vec<_> = labels.collect();
    let data = Pairs::new(&inputs, &labels);
    let (train, validation) = data.split(HeldOut::Count(10));

    let settings = Settings { batch_size: 10, ..Settings::default() };
    let mut trainer = Trainer::new(DigitNet::new(1), CrossEntropy::new(), Adam::new(0.01), settings)?;
    let fit = Fit { epochs: 2, schedule: &Warmup::new(2, Cosine) };
    let history: History = trainer.fit(&train, &validation, &fit, &mut [&mut EarlyStop::new(5)])?;
    assert!(history.epochs[1].train.loss() < history.epochs[0].train.loss(), "{history}");

    let card = Card { classes: (0..10).map(|digit| digit.to_string()).collect(), ..Card::default() };
    let model = Model { network: trainer.into_network(), card };
    assert!(Model::<DigitNet>::from_bytes(&model.to_bytes()?)?.card == model.card);
    Ok(())
}

/// Each of these modules does not compile if a name it uses comes from both of its globs.
mod beside {
    use shapeproof::prelude::*;

    mod io {
        #[allow(unused_imports, reason = "it is here to hide nothing")]
        use super::*;
        use std::io::*;

        pub fn copied(mut from: impl Read, mut to: impl Write) -> Result<u64> {
            copy(&mut from, &mut to).map_err(|error: Error| error)
        }
    }

    mod fmt {
        #[allow(unused_imports, reason = "it is here to hide nothing")]
        use super::*;
        use std::fmt::*;

        pub struct Shown;

        impl Display for Shown {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                std::result::Result::Err(Error).or_else(|_: Error| f.write_str("shown"))
            }
        }
    }

    #[test]
    fn names_of_the_standard_library_stay_what_they_are() {
        assert_eq!(io::copied(&b"ab"[..], Vec::new()).unwrap(), 2);
        assert_eq!(fmt::Shown.to_string(), "shown");
        let own: Result<Option<Box<str>>, String> = Ok(Some("own".into()));
        assert!(own.is_ok() && SGD::new(0.1).to_string().contains("SGD"));
    }
}

/// Names that programs import by `*`, or that mean something else in most of them.
const COMMON: [&str; 22] = [
    "Result", "Error", "Option", "Box", "Vec", "String", "Path", "File", "Read", "Write", "Duration", "Instant",
    "Range", "Iterator", "State", "Context", "Config", "Parser", "Rng", "Array", "Layer", "Module",
];

#[test]
fn the_prelude_is_small_and_has_no_common_name() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/prelude.rs");
    let code = std::fs::read_to_string(path).unwrap();
    let uses = code.lines().filter_map(|line| line.strip_prefix("pub use crate::"));
    let last = |line: &str| {
        let names = line.rsplit("::").next().unwrap_or(line).trim_matches(['{', '}', ';', ' ']).to_string();
        names.trim_end_matches("};").split(", ").map(str::to_string).collect::<Vec<_>>()
    };
    let names: Vec<String> = uses.flat_map(last).collect();
    assert!(names.len() > 20 && names.len() < 40, "{names:?}");
    for name in &names {
        assert!(!COMMON.contains(&name.as_str()), "{name}");
        assert!(code.contains(&format!("`{name}")), "the table of the prelude does not name {name}");
    }
}

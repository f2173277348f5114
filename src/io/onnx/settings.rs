//! The description of an ONNX model: name, text, card, metadata, precision.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::io::Card;
use crate::io::names::twice;
use crate::io::refusal::within;
use crate::network::Network;
use crate::scalar::Precision;

/// The prefix of the crate's own metadata keys.
const OWN: &str = "shapeproof.";

/// The settings of an ONNX model that do not follow from the network.
///
/// ```
/// use shapeproof::io::onnx::Settings;
///
/// let settings = Settings { doc: "Trained on MNIST.", metadata: &[("license", "MIT")], ..Settings::default() };
/// assert_eq!(settings.name, "network");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The graph's name.
    pub name: &'a str,
    /// A description for people; may be empty.
    pub doc: &'a str,
    /// The card of the network's model file: preprocessing and classes.
    pub card: Option<&'a Card>,
    /// Additional metadata, as keys and values.
    pub metadata: &'a [(&'a str, &'a str)],
    /// The precision of the parameters in the file; `None` for that of the network. In `f32`, values above 3.4·10³⁸ become infinite.
    pub precision: Option<Precision>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Settings { name: "network", doc: "", card: None, metadata: &[], precision: None }
    }
}

impl Settings<'_> {
    /// Checks that the settings are valid for a network of type `N`.
    pub(super) fn check<N: Network>(&self) -> Result<()> {
        let mismatches = self.card.map_or(Vec::new(), Card::mismatches::<N>);
        if !mismatches.is_empty() {
            return Err(within("the model")(mismatches));
        }
        let refuse = |setting, found, expected: &str| Err(Error::Setting { setting, found, expected: expected.into() });
        if self.name.is_empty() {
            return refuse("name", "nothing".into(), "a name");
        }
        if let Some((key, _)) = self.metadata.iter().find(|(key, _)| key.is_empty() || key.starts_with(OWN)) {
            return refuse("metadata", format!("the key {key:?}"), "keys that do not begin with `shapeproof.`");
        }
        let of_card = self.of_card();
        let keys = of_card.iter().map(|(key, _)| *key).chain(self.metadata.iter().map(|(key, _)| *key));
        match twice(keys) {
            Some(key) => refuse("metadata", format!("the key {key:?} twice"), "every key once"),
            None => Ok(()),
        }
    }

    /// The metadata entries of the card.
    pub(super) fn of_card(&self) -> Vec<(&'static str, String)> {
        let mut entries = Vec::new();
        if let Some(Ok(resize)) = self.card.and_then(|card| card.resize).map(|resize| serde_json::to_string(&resize)) {
            entries.push(("resize", resize));
        }
        if let Some(preprocessing) = self.card.and_then(|card| card.preprocessing.as_ref()) {
            entries.push(("mean", Value::from(preprocessing.mean.clone()).to_string()));
            entries.push(("std", Value::from(preprocessing.std.clone()).to_string()));
        }
        if let Some(card) = self.card.filter(|card| !card.classes.is_empty()) {
            entries.push(("classes", Value::from(card.classes.clone()).to_string()));
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Normalize;
    use crate::layer::Dense;
    use std::vec;

    type Net = Dense<2, 4>;

    #[test]
    fn settings_that_make_no_model_are_refused() {
        let says = |settings: Settings<'_>| settings.check::<Net>().unwrap_err().to_string();
        let metadata = |metadata| says(Settings { metadata, ..Settings::default() });
        assert_eq!(says(Settings { name: "", ..Settings::default() }), "name: found nothing, expected a name");
        let expected = "keys that do not begin with `shapeproof.`";
        assert_eq!(metadata(&[("", "")]), format!("metadata: found the key \"\", expected {expected}"));
        assert_eq!(
            metadata(&[("shapeproof.x", "")]),
            format!("metadata: found the key \"shapeproof.x\", expected {expected}")
        );
        let twice = metadata(&[("a", "1"), ("b", "2"), ("a", "3")]);
        assert_eq!(twice, "metadata: found the key \"a\" twice, expected every key once");
        let card = Card { preprocessing: Some(Normalize::unit()), classes: vec!["cat".into(); 3], ..Card::default() };
        let settings = Settings { card: Some(&card), metadata: &[("std", "1")], ..Settings::default() };
        let says = |card| says(Settings { card: Some(card), ..settings });
        assert_eq!(says(&card), "the model: classes: found 3 names, expected 4, one for each output");
        let red = Card { classes: vec!["\u{1b}[31m".into(); 4], ..card.clone() };
        let expected = "classes: found \\u{1b}[31m, expected names without control characters";
        assert_eq!(says(&red), format!("the model: {expected}"));
        let card = Card { classes: Vec::new(), ..card.clone() };
        assert_eq!(says(&card), "metadata: found the key \"std\" twice, expected every key once");
    }
}

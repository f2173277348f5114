//! The models that are served, by name and version.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::live::Live;
use crate::protocol::{Refusal, shown};

type Versions = BTreeMap<u64, Arc<Live>>;

/// Versions come, go and are replaced while requests are answered: who has found one keeps it until the answer.
#[derive(Default)]
pub struct Repository {
    models: RwLock<BTreeMap<String, Versions>>,
}

impl Repository {
    /// A version of a model; without a number, the newest.
    ///
    /// # Errors
    /// 404 if there is none.
    pub fn find(&self, name: &str, version: Option<&str>) -> Result<(u64, Arc<Live>), Refusal> {
        self.look(|models| {
            let versions = models.get(name).ok_or_else(|| unknown_model(name))?;
            let found = match version {
                None => versions.last_key_value(),
                Some(text) => number(text).and_then(|number| versions.get_key_value(&number)),
            };
            let (number, live) = found.ok_or_else(|| {
                let found = shown(version.unwrap_or("none"));
                Refusal::missing(format!("model {}: version: found {found}, expected {}", shown(name), list(versions)))
            })?;
            Ok((*number, live.clone()))
        })
    }

    /// The only model, if there is one alone.
    pub fn only(&self) -> Option<String> {
        self.look(|models| if models.len() == 1 { models.keys().next().cloned() } else { None })
    }

    /// The numbers of a model's versions, the oldest first.
    pub fn versions(&self, name: &str) -> Vec<u64> {
        self.look(|models| models.get(name).map(|versions| versions.keys().copied().collect()).unwrap_or_default())
    }

    /// `digits 1, 2; letters 7`
    pub fn describe(&self) -> String {
        self.look(|models| {
            let each = models.iter().map(|(name, versions)| format!("{} {}", shown(name), list(versions)));
            each.collect::<Vec<_>>().join("; ")
        })
    }

    pub fn is_empty(&self) -> bool {
        self.look(BTreeMap::is_empty)
    }

    /// Adds a version, or replaces the one with its number.
    pub fn put(&self, name: &str, version: u64, live: Live) {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        let before = models.entry(name.into()).or_default().insert(version, Arc::new(live));
        drop(models);
        drop(before);
    }

    /// Removes a version, and with the last one the model.
    pub fn remove(&self, name: &str, version: u64) {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(versions) = models.get_mut(name) {
            versions.remove(&version);
            if versions.is_empty() {
                models.remove(name);
            }
        }
    }

    fn look<R>(&self, look: impl FnOnce(&BTreeMap<String, Versions>) -> R) -> R {
        look(&self.models.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The number of a version: digits alone, the first of them not 0, as Triton names its folders.
pub fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

fn unknown_model(name: &str) -> Refusal {
    Refusal::missing(format!("model: found {}, expected one that is served", shown(name)))
}

fn list(versions: &Versions) -> String {
    versions.keys().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_version_is_a_number_from_1() {
        assert_eq!(number("1"), Some(1));
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        for text in ["", "0", "01", "+1", "-1", "1.0", "v1", " 1", "18446744073709551616", "١"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}

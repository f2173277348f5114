//! Watches the files of the models, and loads what is new.
//!
//! Files are looked at again and again: this sees every change on every file system, also of mounted folders and links, which
//! notifications of the system do not. A file is loaded when it has stayed the same from one look to the next, so one that is being
//! written is left alone. A version whose new file is refused goes on as it was.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use super::file::Stamp;
use super::live::Live;
use super::repository::Repository;
use super::source::{Place, Source};
use crate::log::Log;
use crate::metrics::Metrics;

/// Makes a model of a file.
pub type Load = Box<dyn Fn(&str, u64, &Path) -> Result<Live, String> + Send>;

pub struct Watch {
    pub source: Source,
    /// The name of a model that is a single file.
    pub name: String,
    pub load: Load,
    pub repository: Arc<Repository>,
    pub metrics: Arc<Metrics>,
    pub log: Log,
    known: BTreeMap<Place, Known>,
    /// What was wrong with the folder the last time, so that it is not said again.
    trouble: Option<String>,
}

/// What is known of a version's file.
#[derive(Default)]
struct Known {
    /// As it was at the last look.
    seen: Option<Stamp>,
    /// As it was when it was loaded or refused.
    tried: Option<Stamp>,
    /// What was wrong with it at the last look.
    trouble: Option<String>,
}

impl Watch {
    pub fn new(
        source: Source,
        name: String,
        load: Load,
        repository: Arc<Repository>,
        metrics: Arc<Metrics>,
        log: Log,
    ) -> Watch {
        Watch { source, name, load, repository, metrics, log, known: BTreeMap::new(), trouble: None }
    }

    /// Loads all there is.
    ///
    /// # Errors
    /// What was wrong, if nothing could be loaded.
    pub fn begin(&mut self) -> Result<(), String> {
        let mut wrong = vec![];
        self.look(true, &mut |trouble| wrong.push(trouble));
        if !self.repository.is_empty() {
            wrong.iter().for_each(|trouble| self.log.error(trouble));
            return Ok(());
        }
        if wrong.is_empty() {
            wrong.push("the models: found none, expected NAME/VERSION/model.safetensors".into());
        }
        Err(wrong.join("\n"))
    }

    /// Looks at the files for ever, in a thread of its own.
    ///
    /// # Errors
    /// If the system has no threads left.
    pub fn go_on(mut self, every: Duration) -> io::Result<()> {
        let log = self.log;
        let run = move || {
            loop {
                thread::sleep(every);
                self.look(false, &mut |trouble| log.error(&trouble));
            }
        };
        thread::Builder::new().name("watch".into()).spawn(run).map(|_| ())
    }

    fn look(&mut self, first: bool, wrong: &mut dyn FnMut(String)) {
        let places = match self.source.list(&self.name) {
            Ok(places) => places,
            Err(error) => {
                let trouble = format!("the folder of the models: {error}; all versions go on as they were");
                if self.trouble.as_ref() != Some(&trouble) {
                    wrong(trouble.clone());
                    self.trouble = Some(trouble);
                }
                return;
            }
        };
        self.trouble = None;
        let gone: Vec<Place> = self.known.keys().filter(|place| !places.contains(place)).cloned().collect();
        for place in gone {
            self.known.remove(&place);
            if self.repository.versions(&place.name).contains(&place.version) {
                self.repository.remove(&place.name, place.version);
                self.log.line(&format!("{place}: removed"));
            }
        }
        for place in places {
            let mut known = self.known.remove(&place).unwrap_or_default();
            if let Err(trouble) = self.look_at(&place, &mut known, first) {
                let goes_on = self.repository.versions(&place.name).contains(&place.version);
                let trouble = if goes_on { format!("{trouble}; the version goes on as it was") } else { trouble };
                if known.trouble.as_ref() != Some(&trouble) {
                    self.metrics.loaded(&place.name, false);
                    wrong(trouble.clone());
                }
                known.trouble = Some(trouble);
            }
            self.known.insert(place, known);
        }
    }

    /// Loads a file if it has changed.
    fn look_at(&self, place: &Place, known: &mut Known, first: bool) -> Result<(), String> {
        let found = |error: io::Error| format!("{}: {error}", place.file.display());
        let now = Stamp::of(&place.file).map_err(found)?;
        let settled = first || known.seen == Some(now);
        known.seen = Some(now);
        if !settled || known.tried == Some(now) {
            return Ok(());
        }
        known.tried = Some(now);
        let loaded = (self.load)(&place.name, place.version, &place.file);
        if Stamp::of(&place.file).map_err(found)? != now {
            // It was written while it was read: what was read of it says nothing.
            known.tried = None;
            return Ok(());
        }
        known.trouble = None;
        let live = loaded?;
        self.repository.put(&place.name, place.version, live);
        self.metrics.loaded(&place.name, true);
        if !first {
            self.log.line(&format!("{place}: loaded {}", place.file.display()));
        }
        Ok(())
    }
}

//! Any bytes as the CSV file of a folder of pictures: refused, or every line is a picture or left out.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use shapeproof::Error;
use shapeproof::data::images::Pictures;
use shapeproof::data::{Dataset, ImageFolder};
use tempfile::TempDir;

/// A picture of one pixel.
const PNG: &[u8] = include_bytes!("../corpus/picture/pixel");

thread_local! {
    /// The folders for all inputs of a thread.
    static PLACE: RefCell<Place> = RefCell::new(Place::new().expect("temporary folders"));
}

struct Place {
    root: TempDir,
    /// The cache and the CSV file.
    beside: TempDir,
}

impl Place {
    /// A folder of two pictures.
    fn new() -> std::io::Result<Place> {
        let place = Place { root: tempfile::tempdir()?, beside: tempfile::tempdir()? };
        fs::create_dir(place.root.path().join("b"))?;
        for name in ["a.png", "b/c.jpg"] {
            fs::write(place.root.path().join(name), PNG)?;
        }
        Ok(place)
    }

    fn csv(&self) -> PathBuf {
        self.beside.path().join("labels.csv")
    }

    fn read(&self) -> shapeproof::Result<Pictures<1, 1, 1>> {
        ImageFolder::with_csv(self.root.path(), self.csv()).cache(self.beside.path()).skip_bad().read()
    }
}

pub fn fuzz(bytes: &[u8]) {
    PLACE.with_borrow(|place| {
        fs::write(place.csv(), bytes).expect("a temporary file can be written");
        match place.read() {
            Ok(pictures) => {
                let classes = pictures.classes();
                assert!(!classes.is_empty() && classes.is_sorted_by(|a, b| a < b), "{classes:?}");
                let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
                assert!(pictures.len() + pictures.skipped().len() <= lines, "{pictures:?}");
                assert_eq!(pictures.counts().iter().sum::<usize>(), pictures.len());
                // From the cache it is the same.
                let again = place.read().unwrap_or_else(|error| panic!("{error}"));
                assert_eq!((again.indices(), again.skipped()), (pictures.indices(), pictures.skipped()));
            }
            Err(Error::Format { found, .. }) => {
                assert!(found.len() <= 1000 && !found.chars().any(char::is_control), "{found:?}");
            }
            Err(Error::Io { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    });
}

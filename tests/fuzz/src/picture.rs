//! Any bytes opened as a picture of a folder: refused in few plain words, or pixels that are the same in gray and in color.

use std::cell::RefCell;
use std::fs;

use shapeproof::data::images;
use shapeproof::data::resize::{Fit, Resize};
use tempfile::NamedTempFile;

thread_local! {
    /// One file for all inputs of a thread.
    static FILE: RefCell<NamedTempFile> = RefCell::new(NamedTempFile::new().expect("a temporary file"));
}

/// The longest error in bytes, without the path.
const LONGEST: usize = 400;

pub fn fuzz(bytes: &[u8]) {
    FILE.with_borrow(|file| {
        let path = file.path();
        fs::write(path, bytes).expect("a temporary file can be written");
        let fit = [Fit::Crop, Fit::Pad, Fit::Stretch][bytes.len() % 3];
        let rule = Resize { fit, background: 99 };
        match (images::open::<3, 5, 7>(path, rule), images::open::<1, 5, 7>(path, rule)) {
            (Ok(color), Ok(gray)) => {
                let [red, green, blue] = color.0.each_ref().map(|plane| plane.as_flattened());
                for (at, &gray) in gray.as_slice().iter().enumerate() {
                    let [red, green, blue] = [red, green, blue].map(|plane| u32::from(plane[at]));
                    assert_eq!(u32::from(gray), (299 * red + 587 * green + 114 * blue + 500) / 1000);
                }
            }
            (Err(color), Err(gray)) => {
                let text = color.to_string();
                assert_eq!(text, gray.to_string());
                let own = text.strip_prefix(&path.display().to_string()).expect("the error names the file");
                assert!(own.len() <= LONGEST && !own.chars().any(char::is_control), "{own:?}");
            }
            (color, gray) => panic!("in color: {:?}, in gray: {:?}", color.err(), gray.err()),
        }
    });
}

//! Folders of pictures: what is decoded, what is refused, what is kept in the cache; predictions from picture files.
//!
//! `cargo test --features images --test images`

mod cache;
mod csv;
mod decoding;
mod folders;
mod predictions;

use std::fs;
use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayImage, Luma};
use shapeproof::data::ImageFolder;
use shapeproof::data::images::Pictures;
use tempfile::TempDir;

/// A folder for pictures, and one for the cache.
struct Folder {
    root: TempDir,
    cache: TempDir,
}

impl Folder {
    fn new() -> Folder {
        Folder { root: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file, and the folders it is in.
    fn put(&self, name: &str, bytes: &[u8]) -> &Folder {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Writes a square of 2×2 pixels of this gray.
    fn square(&self, name: &str, gray: u8) -> &Folder {
        self.put(name, &png(GrayImage::from_pixel(2, 2, Luma([gray]))))
    }

    fn open(&self) -> ImageFolder<'_> {
        ImageFolder::new(self.root.path()).cache(self.cache.path())
    }

    fn with_csv(&self, csv: &str) -> ImageFolder<'_> {
        let path = self.cache.path().join("labels.csv");
        fs::write(&path, csv).unwrap();
        ImageFolder::with_csv(self.root.path(), path).cache(self.cache.path())
    }

    /// The error of reading, without the path of the folder.
    fn error(&self) -> String {
        self.short(self.open())
    }

    fn short(&self, folder: ImageFolder) -> String {
        let error = folder.read::<1, 2, 2>().unwrap_err().to_string();
        let cut = |error: String, path: &Path| error.replace(&format!("{}/", path.display()), "");
        cut(cut(error, self.root.path()), self.cache.path())
    }
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The first pixel of each sample, and its class.
fn grays(pictures: &Pictures<1, 2, 2>) -> Vec<(u8, usize)> {
    use shapeproof::data::Dataset;
    (0..pictures.len()).map(|index| (pictures.image(index)[[0, 0, 0]], pictures.target(index))).collect()
}

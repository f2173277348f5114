//! Folders of pictures: PNG and JPEG files of any size as samples of one shape, decoded once.
//!
//! ```text
//! pets/cat/0001.jpg          pets/0001.jpg
//! pets/cat/more/a.png   or   pets/0002.jpg
//! pets/dog/1.jpg             labels.csv: 0001.jpg,cat
//! ```
//!
//! ```no_run
//! use shapeproof::data::images::Pictures;
//! use shapeproof::data::{Dataset, HeldOut, ImageFolder};
//!
//! type Pets = Pictures<3, 64, 64>;
//!
//! /// The pictures to train on, and those for validation.
//! fn pets() -> shapeproof::Result<(Pets, Pets)> {
//!     let pets: Pets = ImageFolder::new("pets").read()?;
//!     println!("{} pictures of {:?}", pets.len(), pets.classes());
//!
//!     let (train, validation) = pets.split_stratified(HeldOut::Percent(20), 1); // of each class, drawn by the seed 1
//!     let normalize = train.mean_and_std();
//!     Ok((train.normalized(&normalize), validation.normalized(&normalize)))
//! }
//! ```
//!
//! For predictions, the model's card should have `pets.resize()`, the normalization and `pets.classes()`. Then `Model::classify_file`
//! reads a picture as it would be read here.
//!
//! # Which files
//! Each subfolder of the folder is a class; the classes are sorted by name, byte by byte, as in torchvision. A picture is a file
//! anywhere below it whose name ends with `.png`, `.jpg` or `.jpeg`, in upper or lower case. What begins with a dot is hidden and not
//! looked at. Links are followed. Other files, and those in no subfolder, are ignored and [counted](Pictures::ignored). With a
//! [CSV file](ImageFolder::with_csv), it names the pictures, relative to the folder, and their classes.
//!
//! # From a file to a sample
//! 1. The file is decoded by its contents, whatever its name. It may have 2²⁶ pixels; a picture that is cut short or damaged is refused.
//! 2. It is turned upright, as its EXIF orientation says.
//! 3. Sixteen bits to a channel are rounded to eight; palettes become colors. Color profiles are ignored.
//! 4. Transparent parts show the [background](ImageFolder::background), white by default.
//! 5. It is fit to `H×W`, by [one of three rules](Fit); by default, its center is resized.
//! 6. With one channel (`C = 1`), colors become `0.299 R + 0.587 G + 0.114 B`. With three, gray is repeated. There are no other `C`.
//!
//! # The cache
//! Pictures are decoded the first time, on all cores, and written in order to an IDX file of `N×C×H×W` bytes in the user's cache
//! folder (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows), below `shapeproof/images`.
//! A few megabytes of them are in memory at a time, so a folder may be larger than the memory. Later, the file is
//! [read](ImageFolder::read) or [mapped](ImageFolder::map).
//!
//! The cache is that of a list: names, sizes and times of change of all pictures, and the names of the classes. Each time the folder
//! is searched and this list compared, which takes about a microsecond for a picture; no picture is opened. So a file that is added,
//! removed, renamed or written is noticed. One that is overwritten by as many bytes *and* given its old time of change is not. There is
//! one cached file for each folder, shape and rule; that of an older list is removed when a new one is made.
//!
//! The file is renamed when it is complete, so a process that is killed leaves nothing half-written in its place, and several may
//! make it at once.

mod cache;
mod csv;
mod decode;
mod fit;
mod jpeg;
mod listing;
mod pictures;
mod walk;

use std::boxed::Box;
use std::fmt;
use std::format;
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::vec::Vec;

use self::cache::Cached;
use self::decode::{Fault, decode};
use self::listing::Listing;
use self::pictures::About;
pub use self::pictures::{Decoded, Pictures, Skipped};
use super::idx::Idx;
use super::resize::{Fit, Resize};
use crate::error::{Error, Result};
use crate::shape::Dims;
use crate::tensor::Tensor;

/// The rules of [`decode()`]. This number is changed when they are, so that older caches are not used.
const RULES: u32 = 1;

/// A folder of pictures, and how they are read.
pub struct ImageFolder<'a> {
    root: PathBuf,
    csv: Option<PathBuf>,
    rule: Resize,
    skip: bool,
    cache: Option<PathBuf>,
    progress: Box<dyn FnMut(usize, usize) + 'a>,
}

impl<'a> ImageFolder<'a> {
    /// The pictures in `root`, with a subfolder for each class.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let (root, rule) = (root.into(), Resize::default());
        ImageFolder { root, csv: None, rule, skip: false, cache: None, progress: Box::new(|_, _| {}) }
    }

    /// The pictures in `root` that a CSV file names, with their classes: two values in each line.
    ///
    /// ```text
    /// name,label
    /// 0001.png,cat
    /// "day 2/a, b.jpg","a ""big"" dog"
    /// ```
    ///
    /// The names are relative to `root`. Values are separated by commas; a value in quotes may contain commas, line breaks and
    /// doubled quotes (RFC 4180). Values after the second are ignored. A first line whose name has no ending of a picture is a
    /// header. Pictures are in the order of the file; each is named once.
    pub fn with_csv(root: impl Into<PathBuf>, csv: impl Into<PathBuf>) -> Self {
        ImageFolder { csv: Some(csv.into()), ..ImageFolder::new(root) }
    }

    /// How a picture of any size becomes one of `H×W`; [`Fit::Crop`] by default.
    pub fn fit(mut self, fit: Fit) -> Self {
        self.rule.fit = fit;
        self
    }

    /// The gray behind transparent parts, and around pictures that are [padded](Fit::Pad): 0 to 255, which is white and the default.
    pub fn background(mut self, gray: u8) -> Self {
        self.rule.background = gray;
        self
    }

    /// Leaves out files that are no pictures, damaged, or (named by a CSV file) not there, and lists them in [`Pictures::skipped`].
    /// A class without pictures then has no samples. Otherwise, the first of these is an error.
    ///
    /// A file that cannot be read, for example without the permission, is an error always.
    pub fn skip_bad(mut self) -> Self {
        self.skip = true;
        self
    }

    /// The user's cache folder, instead of the one that the system names.
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Calls `progress` with the number of pictures decoded so far and that of all, on this thread. It is not called if they are in
    /// the cache.
    pub fn on_progress(mut self, progress: impl FnMut(usize, usize) + 'a) -> Self {
        self.progress = Box::new(progress);
        self
    }

    /// Reads the pictures into memory, from the cache if they are there.
    ///
    /// # Errors
    ///
    /// [`Error::Format`] for the first picture that is bad, a class without pictures, a name of a class that is not plain text of 1
    /// to 256 bytes, or a CSV file that is not one; [`Error::Io`] if something cannot be read, or the cache not written;
    /// [`Error::Setting`] if the system names no cache folder.
    pub fn read<const C: usize, const H: usize, const W: usize>(self) -> Result<Pictures<C, H, W>> {
        self.open(|path| Idx::read(path))
    }

    /// Like [`read`](ImageFolder::read), but the cached file is memory-mapped: it need not fit in memory, and nothing is copied.
    ///
    /// # Safety
    ///
    /// Nobody may write to the cached file, or shorten it, as long as it is mapped: see [`Idx::map`]. This crate never does; it
    /// renames and removes such files, which is harmless. The pictures themselves may change.
    ///
    /// # Errors
    ///
    /// As [`read`](ImageFolder::read).
    #[allow(unsafe_code)]
    pub unsafe fn map<const C: usize, const H: usize, const W: usize>(self) -> Result<Pictures<C, H, W>> {
        // SAFETY: the caller guarantees what `Idx::map` requires.
        self.open(|path| unsafe { Idx::map(path) })
    }

    fn open<const C: usize, const H: usize, const W: usize>(
        mut self,
        open: impl Fn(&Path) -> Result<Idx<Tensor<C, H, W, u8>>>,
    ) -> Result<Pictures<C, H, W>> {
        const { assert!(C == 1 || C == 3, "pictures have 1 channel (gray) or 3 (red, green, blue)") };
        const { assert!(H > 0 && W > 0, "pictures have at least one pixel") };
        let listing = self.list()?;
        let cache = self.cache.take().or_else(crate::data::user_cache).ok_or_else(|| Error::Setting {
            setting: "cache",
            found: "no folder, and none that the system names".into(),
            expected: "a folder".into(),
        })?;
        let Resize { fit, background } = self.rule;
        let key = format!("rules {RULES}, {C}×{H}×{W}, {fit:?}, background {background}");
        let cached = Cached::of(&cache, &self.root, &key, &listing)?;

        let mut found = None;
        if let Some(skipped) = cached.find()? {
            found = match open(&cached.images) {
                Ok(images) if images.len() == listing.pictures.len() => Some((images, skipped)),
                // Another process has removed it, or it is damaged.
                Ok(_) | Err(Error::Format { .. }) => None,
                Err(Error::Io { source, .. }) if source.kind() == NotFound => None,
                Err(error) => return Err(error),
            };
        }
        let (images, skipped) = match found {
            Some(found) => found,
            None => {
                let skipped = self.decode::<C, H, W>(&cached, &listing)?;
                (open(&cached.images)?, skipped)
            }
        };
        let skipped: Vec<_> = skipped.into_iter().filter(|(index, _)| *index < images.len()).collect();
        if !self.skip
            && let Some((index, found)) = skipped.first()
        {
            return Err(Fault::Bad(found.clone()).error(&self.root.join(&listing.pictures[*index].path)));
        }
        Ok(Pictures::of_folder(images, About::new(self.root, self.rule, listing, skipped)))
    }

    fn decode<const C: usize, const H: usize, const W: usize>(
        &mut self,
        cached: &Cached,
        listing: &Listing,
    ) -> Result<Vec<cache::Skipped>> {
        let (root, rule, skip) = (&self.root, self.rule, self.skip);
        let path = |index: usize| root.join(&listing.pictures[index].path);
        let decode = |index: usize| match listing.pictures[index].stamp {
            Some(_) => decode(&path(index), Tensor::<C, H, W, u8>::DIMS, rule),
            None => Err(Fault::Bad("no such file".into())),
        };
        let judge = |index, fault| match fault {
            Fault::Bad(found) if skip => Ok(found),
            fault => Err(fault.error(&path(index))),
        };
        cached.make::<Tensor<C, H, W, u8>>(listing, decode, judge, &mut self.progress)
    }

    fn list(&self) -> Result<Listing> {
        let listing = match &self.csv {
            Some(csv) => csv::list(&self.root, csv)?,
            None => walk::walk(&self.root)?,
        };
        let place = self.csv.as_ref().unwrap_or(&self.root);
        let wrong = |path: PathBuf, what, found: &str, expected: &str| {
            Err(Error::Format { path, what, found: found.into(), expected: expected.into() })
        };
        if listing.classes.is_empty() {
            let (found, expected) = match self.csv {
                Some(_) => ("none", "lines of a name and a label"),
                None => ("no subfolder", "a subfolder of pictures for each class"),
            };
            return wrong(place.clone(), "classes", found, expected);
        }
        // Pictures are sorted by class, unless a CSV file names them, which has no classes without one.
        let has_pictures = |class: usize| {
            self.csv.is_some() || listing.pictures.binary_search_by_key(&(class as u32), |one| one.class).is_ok()
        };
        if let Some(class) = (0..listing.classes.len()).find(|&class| !self.skip && !has_pictures(class)) {
            let folder = self.root.join(&listing.classes[class]);
            return wrong(folder, "class", "no picture", "at least one PNG or JPEG file");
        }
        if u32::try_from(listing.pictures.len()).is_err() {
            return wrong(place.clone(), "pictures", &format!("{}", listing.pictures.len()), "at most 2³² − 1");
        }
        Ok(listing)
    }
}

impl fmt::Debug for ImageFolder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ImageFolder { root, csv, rule, skip, cache, .. } = self;
        let mut f = f.debug_struct("ImageFolder");
        f.field("root", root).field("csv", csv).field("rule", rule).field("skip", skip).field("cache", cache);
        f.finish_non_exhaustive()
    }
}

/// Decodes one picture as those of a folder are: channel by channel and row by row. For a prediction by a model with a card,
/// `Model::classify_file` does it by the card's rule.
///
/// # Errors
///
/// As [`ImageFolder::read`] for a picture.
pub fn open<const C: usize, const H: usize, const W: usize>(
    path: impl AsRef<Path>,
    rule: Resize,
) -> Result<Box<Tensor<C, H, W, u8>>> {
    const { assert!(C == 1 || C == 3, "pictures have 1 channel (gray) or 3 (red, green, blue)") };
    const { assert!(H > 0 && W > 0, "pictures have at least one pixel") };
    let mut sample = crate::tensor::boxed::<Tensor<C, H, W, u8>>();
    bytemuck::bytes_of_mut(&mut *sample).copy_from_slice(&pixels(path.as_ref(), Tensor::<C, H, W, u8>::DIMS, rule)?);
    Ok(sample)
}

/// [`open`] for a shape that is known as `dims`, with 1 or 3 channels.
pub(crate) fn pixels(path: &Path, dims: Dims, rule: Resize) -> Result<Vec<u8>> {
    decode(path, dims, rule).map_err(|fault| fault.error(path))
}

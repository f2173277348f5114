//! A folder whose subfolders are the classes.

use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use rayon::prelude::*;

use super::listing::{Listing, Picture, Stamp, check_class, is_picture};
use crate::error::{Error, Result};
use crate::file::{attempt, cannot};

/// Lists the pictures of all classes, sorted by class and name. No file is opened.
pub(super) fn walk(root: &Path) -> Result<Listing> {
    let real = attempt("find folder", || root.canonicalize()).map_err(cannot("open", root))?;
    let mut subfolders = Vec::new();
    let mut ignored = 0;
    for (name, entry) in entries(root)? {
        match kind(&entry, false)? {
            _ if is_hidden(&name) => {}
            Kind::Folder => subfolders.push((class(&name, root)?, real.join(&name))),
            Kind::LinkedFolder => subfolders.push((class(&name, root)?, target(&entry)?)),
            Kind::File(_) | Kind::Other => ignored += 1,
        }
    }
    let found: Vec<Result<Found>> = subfolders
        .par_iter()
        .enumerate()
        .map(|(class, (name, place))| {
            let mut found = Found { class: class as u32, ..Found::default() };
            found.add(&root.join(name), Path::new(name), &mut [real.clone(), place.clone()].to_vec())?;
            Ok(found)
        })
        .collect();
    let mut pictures = Vec::new();
    for found in found {
        let found = found?;
        pictures.extend(found.pictures);
        ignored += found.ignored;
    }
    Ok(Listing { classes: subfolders.into_iter().map(|(name, _)| name).collect(), pictures, ignored })
}

/// What a class's folder has.
#[derive(Default)]
struct Found {
    class: u32,
    pictures: Vec<Picture>,
    ignored: usize,
}

impl Found {
    /// Adds everything below `folder`, which is `inside` the root. `places` are the folders that it is in, and its own, without
    /// links.
    fn add(&mut self, folder: &Path, inside: &Path, places: &mut Vec<PathBuf>) -> Result<()> {
        let mut entries = entries(folder)?;
        entries.retain(|(name, _)| !is_hidden(name));
        // Asking for the metadata takes most of the time.
        let kinds: Vec<Result<Kind>> =
            entries.par_iter().with_min_len(64).map(|(name, entry)| kind(entry, is_picture(Path::new(name)))).collect();
        for ((name, entry), kind) in entries.into_iter().zip(kinds) {
            let path = inside.join(&name);
            let stamp = match kind? {
                Kind::File(stamp) => stamp,
                Kind::Folder => {
                    let place = places.last().map_or(PathBuf::new(), |place| place.join(&name));
                    self.enter(&entry, &path, place, places)?;
                    continue;
                }
                Kind::LinkedFolder => {
                    self.enter(&entry, &path, target(&entry)?, places)?;
                    continue;
                }
                Kind::Other => {
                    self.ignored += 1;
                    continue;
                }
            };
            if is_picture(&path) {
                self.pictures.push(Picture { path, class: self.class, stamp });
            } else {
                self.ignored += 1;
            }
        }
        Ok(())
    }

    fn enter(&mut self, entry: &DirEntry, inside: &Path, place: PathBuf, places: &mut Vec<PathBuf>) -> Result<()> {
        if places.contains(&place) {
            let (found, expected) = ("a folder that it is in".into(), "links without a circle".into());
            return Err(Error::Format { path: entry.path(), what: "link", found, expected });
        }
        places.push(place);
        self.add(&entry.path(), inside, places)?;
        places.pop();
        Ok(())
    }
}

enum Kind {
    Folder,
    /// A link to a folder.
    LinkedFolder,
    /// A file; with its stamp, if it was asked for and the file, or what the link refers to, is there.
    File(Option<Stamp>),
    Other,
}

/// The kind of an entry, with the stamp of a file that is `stamped`. Otherwise, only links need another call of the system.
fn kind(entry: &DirEntry, stamped: bool) -> Result<Kind> {
    let failed = |error| cannot("look at", &entry.path())(error);
    let kind = attempt("file type", || entry.file_type()).map_err(failed)?;
    let about = match () {
        () if kind.is_dir() => return Ok(Kind::Folder),
        () if kind.is_file() && !stamped => return Ok(Kind::File(None)),
        () if kind.is_file() => attempt("metadata", || entry.metadata()),
        () if kind.is_symlink() => attempt("metadata", || fs::metadata(entry.path())),
        () => return Ok(Kind::Other),
    };
    match about {
        Ok(about) if about.is_dir() => Ok(Kind::LinkedFolder),
        Ok(about) if about.is_file() => Ok(Kind::File(Some(Stamp::of(&about)))),
        Ok(_) => Ok(Kind::Other),
        Err(error) if error.kind() == NotFound => Ok(Kind::File(None)),
        Err(error) => Err(failed(error)),
    }
}

/// Where the link to a folder leads.
fn target(link: &DirEntry) -> Result<PathBuf> {
    let path = link.path();
    attempt("find folder", || path.canonicalize()).map_err(cannot("open", &path))
}

/// What is in a folder, sorted by name. The system returns it in any order.
fn entries(folder: &Path) -> Result<Vec<(OsString, DirEntry)>> {
    let entries = attempt("read folder", || fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>());
    let entries = entries.map_err(cannot("read the folder", folder))?;
    let mut entries: Vec<_> = entries.into_iter().map(|entry| (entry.file_name(), entry)).collect();
    entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    Ok(entries)
}

/// `.git`, `.DS_Store`, `._cat.jpg`
fn is_hidden(name: &OsString) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn class(name: &OsString, root: &Path) -> Result<String> {
    match name.to_str() {
        Some(text) => check_class(text, &root.join(name)).map(|()| text.to_string()),
        None => {
            let (path, found, expected) = (root.join(name), "bytes that are no text".into(), "UTF-8".into());
            Err(Error::Format { path, what: "name of a class", found, expected })
        }
    }
}

//! Where datasets are on the internet, and the sums of their files.

use std::borrow::ToOwned;
use std::format;
use std::string::String;
use std::vec::Vec;

use crate::data::mnist::Set;
use crate::error::{Error, Result};

/// A dataset on the internet: mirrors, and files with pinned SHA-256 sums. The sums are what is trusted, not the mirrors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Addresses in the order in which they are tried; a file's name is appended: `http://127.0.0.1:8000/mnist/`.
    pub mirrors: Vec<String>,
    /// The files, each compressed by gzip.
    pub files: Vec<SourceFile>,
}

/// One file of a [`Source`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The name of the unpacked file; mirrors have `.gz` after it.
    pub name: String,
    /// The length of the compressed file, in bytes.
    pub packed_len: u64,
    /// The SHA-256 of the compressed file, as `sha256sum` prints it.
    pub packed_sha256: String,
    /// The length of the unpacked file, in bytes.
    pub len: u64,
    /// The SHA-256 of the unpacked file. If it is not known, its length and gzip's own checksum are checked; what the compressed
    /// file contains is pinned by its sum anyway.
    pub sha256: Option<String>,
}

/// The unpacked sizes of 60,000 and 10,000 images, and of their labels.
const LENGTHS: [u64; 4] = [47_040_016, 60_008, 7_840_016, 10_008];

const NAMES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// Length and sum of each compressed file, and the sum of the unpacked one.
type Sums = [(u64, &'static str, Option<&'static str>); 4];

const MNIST: Sums = [
    (
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        Some("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ),
    (
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        Some("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ),
    (
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        Some("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    ),
    (
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        Some("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ),
];

const FASHION_MNIST: Sums = [
    (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", None),
    (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", None),
    (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", None),
    (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", None),
];

const KMNIST: Sums = [
    (18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4", None),
    (29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17", None),
    (3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5", None),
    (5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c", None),
];

impl Source {
    /// Where a set is. `None` for QMNIST: only MD5 sums of its files are published, which anybody can forge.
    pub fn of(set: Set) -> Option<Source> {
        let (mirrors, sums): (&[&str], &Sums) = match set {
            Set::Mnist => (
                &[
                    "https://storage.googleapis.com/cvdf-datasets/mnist/",
                    "https://ossci-datasets.s3.amazonaws.com/mnist/",
                ],
                &MNIST,
            ),
            // These two are not served by https.
            Set::FashionMnist => (&["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"], &FASHION_MNIST),
            Set::Kmnist => (&["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"], &KMNIST),
            Set::Qmnist => return None,
        };
        let file =
            |((&name, &len), &(packed_len, packed_sha256, sha256)): ((&&str, &u64), &(u64, &str, Option<&str>))| {
                SourceFile {
                    name: name.into(),
                    packed_len,
                    packed_sha256: packed_sha256.into(),
                    len,
                    sha256: sha256.map(ToOwned::to_owned),
                }
            };
        let files = NAMES.iter().zip(&LENGTHS).zip(sums).map(file).collect();
        Some(Source { mirrors: mirrors.iter().map(|mirror| spoken(mirror)).collect(), files })
    }

    /// The bytes of all compressed files.
    pub fn packed_len(&self) -> u64 {
        self.files.iter().map(|file| file.packed_len).sum()
    }

    /// Refuses names that are not simply the name of a file, and sums that are none.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |setting, found: &str, expected: &str| {
            Err(Error::Setting { setting, found: found.into(), expected: expected.into() })
        };
        for file in &self.files {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !file.name.chars().all(is_plain) || file.name.is_empty() || file.name.starts_with('.') {
                return wrong("name", &file.name, "letters, digits, `-`, `_` and `.`");
            }
            for sum in [Some(&file.packed_sha256), file.sha256.as_ref()].into_iter().flatten() {
                if sum.len() != 64 || !sum.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
                    return wrong("sha256", sum, "64 hexadecimal digits");
                }
            }
        }
        if self.mirrors.is_empty() { wrong("mirrors", "none", "at least one") } else { Ok(()) }
    }
}

/// The address by the protocol that this build speaks.
fn spoken(mirror: &str) -> String {
    match mirror.strip_prefix("https://") {
        Some(rest) if cfg!(not(feature = "https")) => format!("http://{rest}"),
        _ => mirror.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn every_source_is_well_formed() {
        for set in Set::ALL {
            let Some(source) = Source::of(set) else { continue };
            source.check().unwrap();
            assert_eq!(source.files.len(), 4);
            assert!(source.mirrors.iter().all(|mirror| mirror.starts_with("http") && mirror.ends_with('/')), "{set}");
        }
        assert_eq!(Source::of(Set::Qmnist), None);
        assert_eq!(Source::of(Set::Mnist).unwrap().packed_len(), 11_594_722);
    }

    #[test]
    fn names_do_not_leave_the_folder() {
        for name in ["", "..", ".hidden", "a/b", "/etc/passwd", "a\\b", "c:", "é", "a\n"] {
            let mut source = Source::of(Set::Mnist).unwrap();
            source.files[1].name = name.into();
            assert!(source.check().unwrap_err().to_string().starts_with("name: found "), "{name}");
        }
        let mut source = Source::of(Set::Mnist).unwrap();
        source.files[1].sha256 = Some("BA891046".into());
        assert!(source.check().is_err());
        source.files[1].sha256 = None;
        source.check().unwrap();
        source.mirrors.clear();
        assert!(source.check().is_err());
    }
}

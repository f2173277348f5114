//! The datasets in MNIST's format: their names, files and classes.

use std::fmt;

use crate::data::Normalize;

/// A dataset of 28×28 gray images in ten classes, in four files like MNIST's.
///
/// ```no_run
/// use shapeproof::data::mnist::Set;
///
/// # fn main() -> shapeproof::Result<()> {
/// let set = Set::FashionMnist;
/// let data = set.read("data/fashion-mnist")?;
/// println!("{set}: the first image is a {}", set.classes()[usize::from(data.train.labels()[0])]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Set {
    /// Handwritten digits: 60,000 for training, 10,000 for testing.
    Mnist,
    /// Pictures of clothes, as many as MNIST's digits.
    FashionMnist,
    /// Cursive Japanese characters, as many as MNIST's digits.
    Kmnist,
    /// MNIST's training digits, and 60,000 for testing, of which MNIST's are the first 10,000. Labels are eight `i32`; the first is
    /// the class.
    Qmnist,
}

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// The name of a file before and after the `-` or `.`.
pub(super) type FileName = (&'static str, &'static str);

impl Set {
    /// All of them.
    pub const ALL: [Set; 4] = [Set::Mnist, Set::FashionMnist, Set::Kmnist, Set::Qmnist];

    /// The usual name: `Fashion-MNIST`.
    pub const fn name(self) -> &'static str {
        match self {
            Set::Mnist => "MNIST",
            Set::FashionMnist => "Fashion-MNIST",
            Set::Kmnist => "KMNIST",
            Set::Qmnist => "QMNIST",
        }
    }

    /// The name of its folder, in `data` and in the cache: `fashion-mnist`.
    pub const fn folder(self) -> &'static str {
        match self {
            Set::Mnist => "mnist",
            Set::FashionMnist => "fashion-mnist",
            Set::Kmnist => "kmnist",
            Set::Qmnist => "qmnist",
        }
    }

    /// The environment variable that may name its folder: `FASHION_MNIST_DIR`.
    pub const fn variable(self) -> &'static str {
        match self {
            Set::Mnist => "MNIST_DIR",
            Set::FashionMnist => "FASHION_MNIST_DIR",
            Set::Kmnist => "KMNIST_DIR",
            Set::Qmnist => "QMNIST_DIR",
        }
    }

    /// The names of the classes, in the order of their indices.
    pub const fn classes(self) -> [&'static str; 10] {
        match self {
            Set::Mnist | Set::Qmnist => DIGITS,
            Set::FashionMnist => [
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ],
            Set::Kmnist => ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
        }
    }

    /// The usual figures for its pixels: those of the training images, rounded. For Fashion-MNIST and KMNIST they are the customary
    /// ones, which this crate has not computed again.
    pub fn normalize(self) -> Normalize {
        match self {
            Set::Mnist | Set::Qmnist => Normalize::mnist(),
            Set::FashionMnist => Normalize::new(0.2860, 0.3530),
            Set::Kmnist => Normalize::new(0.1918, 0.3483),
        }
    }

    /// The names of its files: images, labels; training, then test.
    pub(super) const fn files(self) -> [[FileName; 2]; 2] {
        match self {
            Set::Mnist | Set::FashionMnist | Set::Kmnist => [
                [("train-images", "idx3-ubyte"), ("train-labels", "idx1-ubyte")],
                [("t10k-images", "idx3-ubyte"), ("t10k-labels", "idx1-ubyte")],
            ],
            Set::Qmnist => [
                [("qmnist-train-images", "idx3-ubyte"), ("qmnist-train-labels", "idx2-int")],
                [("qmnist-test-images", "idx3-ubyte"), ("qmnist-test-labels", "idx2-int")],
            ],
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_sets_share_a_name() {
        for (i, a) in Set::ALL.iter().enumerate() {
            for b in &Set::ALL[..i] {
                assert!(a.name() != b.name() && a.folder() != b.folder() && a.variable() != b.variable());
            }
            let classes = a.classes();
            assert!((0..10).all(|i| !classes[i].is_empty() && !classes[..i].contains(&classes[i])), "{a}");
        }
    }
}

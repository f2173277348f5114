//! Models inside the binary.

use core::marker::PhantomData;
#[cfg(feature = "std")]
use std::sync::OnceLock;

use super::Model;
use crate::error::Result;
use crate::layer::Module;
use crate::scalar::{Precision, Scalar};
use crate::shape::ConstString;

/// A model file inside the binary, for a network of type `N`.
///
/// ```
/// use shapeproof::io::Embedded;
///
/// shapeproof::network! {
///     type Digits = [1, 28, 28] =>
///         conv1: Conv2D(filters = 8, kernel = 3, padding = 1),
///         PReLU,
///         MaxPool2D(window = 2),
///         conv2: Conv2D(filters = 16, kernel = 3, padding = 1),
///         PReLU,
///         MaxPool2D(window = 2),
///         Flatten,
///         Dropout(percent = 25),
///         dense: Dense(units = 10),
/// }
///
/// # const _: &str = stringify! {
/// static MODEL: Embedded<Digits> = Embedded::new(include_bytes!("digits.safetensors"));
/// # };
/// # static MODEL: Embedded<Digits> =
/// #     Embedded::new(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/models/digits.safetensors")));
///
/// # fn main() -> Result<(), &'static shapeproof::Error> {
/// let model = MODEL.model()?;
/// println!("{}", model.classify(&[0; 28 * 28]));
/// assert_eq!(model.card.classes.len(), 10);
/// # Ok(())
/// # }
/// ```
///
/// The compiler checks what can be known without reading the file's header: that the file is not cut short, and that it has as
/// many bytes of numbers as the network's parameters take. [`load`](Embedded::load) and [`model`](Embedded::model) check names,
/// shapes, types, numbers, checksum and golden pairs.
///
/// A file that was cut short, or is for a larger network, is a compile error:
/// ```compile_fail
/// # use shapeproof::io::Embedded;
/// shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 3) }
/// static MODEL: Embedded<Net> = Embedded::new(b"\x40\0\0\0\0\0\0\0{\"0.bias\":");
/// ```
#[derive(Debug)]
pub struct Embedded<N: 'static> {
    bytes: &'static [u8],
    #[cfg(feature = "std")]
    model: OnceLock<Result<Model<N>>>,
    network: PhantomData<fn() -> N>,
}

impl<N: Module> Embedded<N> {
    /// Wraps the model file `bytes`, from `include_bytes!`. In a `static`, its panics are compile errors.
    ///
    /// # Panics
    /// If the file is cut short, or does not have as many numbers as the network. The network's layers must consist of parameters
    /// only, like all layers of this crate.
    #[track_caller]
    pub const fn new(bytes: &'static [u8]) -> Embedded<N> {
        const { crate::network::verify::<N>() };
        let Some((header, data)) = split(bytes) else {
            panic!("the embedded file is not a safetensors file, or is cut short")
        };
        let size = size_of::<N>();
        if !holds::<N>(data) {
            let text =
                ConstString::new().str("the embedded model has ").number(data).str(" bytes of numbers after its ");
            let text = text.number(header).str(" of header, but the network's parameters take ").number(size);
            panic!("{}", text.as_str())
        }
        Embedded {
            bytes,
            #[cfg(feature = "std")]
            model: OnceLock::new(),
            network: PhantomData,
        }
    }

    /// Reads the model again, with every check of [`Model::from_bytes`].
    ///
    /// # Errors
    /// As [`Model::from_bytes`].
    pub fn load(&self) -> Result<Model<N>> {
        Model::from_bytes(self.bytes)
    }

    /// The model, read and checked on the first call.
    ///
    /// # Errors
    /// As [`Model::from_bytes`].
    #[cfg(feature = "std")]
    pub fn model(&self) -> Result<&Model<N>, &crate::Error> {
        self.model.get_or_init(|| self.load()).as_ref()
    }
}

/// The lengths of the header and of the numbers of a safetensors file, or `None` if it cannot be one. The file is eight bytes, the
/// length of the header in little-endian order; the header, a JSON object; and the numbers.
const fn split(bytes: &[u8]) -> Option<(usize, usize)> {
    let Some((length, rest)) = bytes.split_first_chunk() else { return None };
    let header = u64::from_le_bytes(*length);
    if header > rest.len() as u64 || rest.is_empty() || rest[0] != b'{' {
        return None;
    }
    Some((header as usize, rest.len() - header as usize))
}

/// Whether `data` bytes can be the numbers of `N` in one of the types it can be read from, with or without the eight-byte counters
/// of PyTorch's BatchNorm.
const fn holds<N: Module>(data: usize) -> bool {
    let own = match N::Scalar::PRECISION {
        Precision::Single => 4,
        Precision::Double => 8,
    };
    let numbers = size_of::<N>() / own;
    let mut bytes = own;
    while bytes >= 2 {
        if data >= numbers * bytes {
            let rest = data - numbers * bytes;
            if rest.is_multiple_of(8) && rest / 8 <= N::ROWS {
                return true;
            }
        }
        bytes /= 2;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{BatchNorm, Dense};
    use crate::network::Chain;

    #[test]
    fn a_file_is_a_header_and_numbers() {
        assert_eq!(split(b"\x02\0\0\0\0\0\0\0{}12345"), Some((2, 5)));
        assert_eq!(split(b"\x02\0\0\0\0\0\0\0{}"), Some((2, 0)));
        for bytes in [b"".as_slice(), b"\x02\0\0\0\0\0\0", b"\x02\0\0\0\0\0\0\0", b"\x02\0\0\0\0\0\0\0{"] {
            assert_eq!(split(bytes), None);
        }
        assert_eq!(split(b"\xff\xff\xff\xff\xff\xff\xff\xff{}"), None);
        assert_eq!(split(b"version https://git-lfs.github.com/spec/v1"), None);
    }

    #[test]
    fn the_numbers_are_as_many_as_the_networks() {
        type Net = Chain<Dense<3, 4>, BatchNorm<4, 1, 1>>; // 32 numbers
        for data in [128, 136, 64, 72] {
            assert!(holds::<Net>(data), "{data}");
        }
        for data in [0, 60, 96, 124, 132, 152, 256] {
            assert!(!holds::<Net>(data), "{data}");
        }
        type Double = Dense<3, 4, f64>;
        assert!(holds::<Double>(128) && holds::<Double>(64) && holds::<Double>(32));
        assert!(!holds::<Double>(16));
    }
}

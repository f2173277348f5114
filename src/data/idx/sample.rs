//! The Rust types that an IDX file can contain, and their dimensions.

use std::vec;
use std::vec::Vec;

use bytemuck::Pod;

use crate::tensor::Tensor;

/// One sample of an IDX file: a number, an array of samples, or a [`Tensor`].
///
/// A plain struct of numbers of one type can be one too:
///
/// ```
/// use shapeproof::bytemuck::{self, Pod, Zeroable};
/// use shapeproof::data::idx::{self, Idx, Sample};
///
/// #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
/// #[bytemuck(crate = "bytemuck")]
/// #[repr(C)]
/// struct Color {
///     red: u8,
///     green: u8,
///     blue: u8,
/// }
///
/// impl Sample for Color {
///     type Element = u8;
///
///     fn layouts() -> Vec<Vec<usize>> {
///         vec![vec![3]]
///     }
/// }
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("colors");
/// let orange = Color { red: 255, green: 165, blue: 0 };
/// idx::write(&path, &[orange; 7])?;
/// let colors = Idx::<Color>::read(&path)?;
/// assert_eq!((colors.len(), colors[6]), (7, orange));
/// # Ok::<(), shapeproof::Error>(())
/// ```
pub trait Sample: Pod {
    /// The type of its numbers. A sample consists only of them, without padding.
    type Element: Element;

    /// The dimensions a sample can have in a file, without the number of samples. The first list is the one that is written.
    /// The product of each list is the number of elements in `Self`.
    fn layouts() -> Vec<Vec<usize>>;
}

/// A number that IDX files can contain. The trait is sealed: the format has six element types.
pub trait Element: Pod + sealed::Sealed {
    /// The code of its type in the header.
    const CODE: u8;
}

macro_rules! elements {
    ($($element:ident = $code:literal,)*) => {
        /// The Rust name of the element type with this code.
        pub(super) fn element_name(code: u8) -> &'static str {
            match code {
                $($code => stringify!($element),)*
                _ => "not an IDX type",
            }
        }

        $(
            impl Element for $element {
                const CODE: u8 = $code;
            }

            impl Sample for $element {
                type Element = $element;

                fn layouts() -> Vec<Vec<usize>> {
                    vec![vec![]]
                }
            }

            impl sealed::Sealed for $element {}
        )*
    };
}

elements! {
    u8 = 0x08,
    i8 = 0x09,
    i16 = 0x0B,
    i32 = 0x0C,
    f32 = 0x0D,
    f64 = 0x0E,
}

mod sealed {
    pub trait Sealed {}
}

impl<S: Sample, const N: usize> Sample for [S; N] {
    type Element = S::Element;

    fn layouts() -> Vec<Vec<usize>> {
        S::layouts().into_iter().map(|inner| [vec![N], inner].concat()).collect()
    }
}

impl<const C: usize, const H: usize, const W: usize, T: Element> Sample for Tensor<C, H, W, T> {
    type Element = T;

    fn layouts() -> Vec<Vec<usize>> {
        let vector = (H == 1 && W == 1).then(|| vec![C]);
        let gray = (C == 1).then(|| vec![H, W]);
        vector.into_iter().chain(gray).chain([vec![C, H, W]]).collect()
    }
}

//! Conversion between a network's parameters and the tensors of a safetensors file.
//!
//! A file may contain several networks, in sections: their tensors have the same names after different prefixes. The model is
//! the section without a prefix.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, View};

use crate::error::Mismatch;
use crate::layer::{Module, Parameter};
use crate::network::Network;
use crate::scalar::{Precision, Scalar};

/// The statistics of a BatchNorm. `running_mean` also identifies the layers for which PyTorch has a counter.
const MEAN: &str = "running_mean";
const VARIANCE: &str = "running_var";
/// The counter of mini-batches in PyTorch's BatchNorm.
const COUNTER: &str = "num_batches_tracked";

/// A tensor to be written to a file.
pub(super) struct Entry {
    pub(super) dtype: Dtype,
    pub(super) dims: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

impl View for Entry {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.dims
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// The name of PyTorch's counter in the layer of `parameter`, if that is the `running_mean` of a BatchNorm.
fn counter(parameter: Parameter<'_>) -> Option<String> {
    (parameter.name == MEAN).then(|| Parameter { name: COUNTER, ..parameter }.to_string())
}

/// The tensors of `network` by their names in `section`, or the reasons why they cannot be written.
pub(super) fn entries<N: Module>(section: &str, network: &N) -> Result<Vec<(String, Entry)>, Vec<Mismatch>> {
    let mut entries = Vec::new();
    let mut mismatches = Vec::new();
    N::visit([network], [], &mut |parameter, [numbers], []| {
        let name = format!("{section}{parameter}");
        mismatches.extend(out_of_range(&name, parameter, numbers.iter().map(|number| number.into_f64())));
        let (dtype, bytes) = match N::Scalar::PRECISION {
            Precision::Single => {
                (Dtype::F32, numbers.iter().flat_map(|number| (number.into_f64() as f32).to_le_bytes()).collect())
            }
            Precision::Double => {
                (Dtype::F64, numbers.iter().flat_map(|number| number.into_f64().to_le_bytes()).collect())
            }
        };
        entries.push((name, Entry { dtype, dims: parameter.dims.into(), bytes }));
        if let Some(name) = counter(parameter) {
            let bytes = 0i64.to_le_bytes().into();
            entries.push((format!("{section}{name}"), Entry { dtype: Dtype::I64, dims: Vec::new(), bytes }));
        }
    });
    if mismatches.is_empty() { Ok(entries) } else { Err(mismatches) }
}

/// Where the `section` of `file` differs from a network of type `N`. The names of the network's tensors are added to `known`.
pub(super) fn mismatches<N: Module>(
    file: &SafeTensors<'_>,
    section: &str,
    finite: bool,
    known: &mut BTreeSet<String>,
) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    N::visit([], [], &mut |parameter, [], []| {
        let name = format!("{section}{parameter}");
        mismatches.extend(match file.tensor(&name) {
            Err(_) => mismatch(&name, "no such tensor", shape(parameter.dims)),
            Ok(tensor) if tensor.shape() != parameter.dims => {
                mismatch(&name, shape(tensor.shape()), shape(parameter.dims))
            }
            Ok(tensor) => match decoder(tensor.dtype(), N::Scalar::PRECISION) {
                None => mismatch(&name, tensor.dtype().to_string(), readable(N::Scalar::PRECISION)),
                Some(decoder) if finite => out_of_range(&name, parameter, decoder.numbers(tensor.data())),
                Some(_) => None,
            },
        });
        if let Some(name) = counter(parameter) {
            let name = format!("{section}{name}");
            if let Ok(tensor) = file.tensor(&name)
                && (tensor.dtype() != Dtype::I64 || tensor.data_len() != size_of::<i64>())
            {
                mismatches.extend(mismatch(&name, format!("{} {}", tensor.dtype(), shape(tensor.shape())), "one I64"));
            }
            known.insert(name);
        }
        known.insert(name);
    });
    mismatches
}

/// The tensors of `file` that are not `known`.
pub(super) fn strangers(file: &SafeTensors<'_>, known: impl Fn(&str) -> bool) -> Vec<Mismatch> {
    let mut others: Vec<_> = file.iter().filter(|(name, _)| !known(name)).collect();
    others.sort_unstable_by_key(|&(name, _)| name);
    let stranger = |(name, tensor): (&str, TensorView<'_>)| Mismatch {
        what: name.into(),
        found: shape(tensor.shape()),
        expected: "no such tensor".into(),
    };
    others.into_iter().map(stranger).collect()
}

/// The network in the `section` of `file`, which must have no [`mismatches`].
pub(super) fn network<N: Module>(file: &SafeTensors<'_>, section: &str) -> Box<N> {
    let mut network = N::zeros();
    N::visit([], [&mut *network], &mut |parameter, [], [numbers]| {
        let Ok(tensor) = file.tensor(&format!("{section}{parameter}")) else { return };
        if let Some(decoder) = decoder(tensor.dtype(), N::Scalar::PRECISION) {
            for (number, value) in numbers.iter_mut().zip(decoder.numbers(tensor.data())) {
                *number = N::Scalar::from_f64(value);
            }
        }
    });
    network
}

/// The tolerance of the golden pairs of `file`, relative to the largest output: a hundred times the error that the coarsest of
/// its types, or arithmetic in it, causes in networks of this size.
pub(super) fn tolerance(file: &SafeTensors<'_>) -> f64 {
    let of = |dtype| match dtype {
        Dtype::BF16 => 1e-1,
        Dtype::F16 => 1e-2,
        Dtype::F64 | Dtype::I64 => 1e-10,
        _ => 1e-4,
    };
    file.iter().map(|(_, tensor)| of(tensor.dtype())).reduce(f64::max).unwrap_or(1e-4)
}

/// A shape as text: `[3, 1, 5, 5]`. A file may claim millions of dimensions.
fn shape(dims: &[usize]) -> String {
    if dims.len() <= 8 { format!("{dims:?}") } else { format!("{} dimensions", dims.len()) }
}

fn mismatch(what: &str, found: impl Into<String>, expected: impl Into<String>) -> Option<Mismatch> {
    Some(Mismatch { what: what.into(), found: found.into(), expected: expected.into() })
}

/// The first number of `parameter` that is NaN, infinite, or a variance below 0, if any.
fn out_of_range(name: &str, parameter: Parameter<'_>, numbers: impl Iterator<Item = f64>) -> Option<Mismatch> {
    let least = if parameter.name == VARIANCE { 0.0 } else { f64::MIN };
    let (index, number) = numbers.enumerate().find(|(_, number)| !(*number >= least && number.is_finite()))?;
    let expected = if number.is_finite() { "variances of 0 or more" } else { "finite numbers" };
    mismatch(name, format!("{number} at index {index}"), expected)
}

/// The number of bytes of a value, and the function that decodes them.
struct Decoder(usize, fn(&[u8]) -> f64);

impl Decoder {
    fn numbers(self, bytes: &[u8]) -> impl Iterator<Item = f64> {
        bytes.chunks_exact(self.0).map(self.1)
    }
}

/// The decoder of values of type `dtype`, if `precision` represents them without loss.
fn decoder(dtype: Dtype, precision: Precision) -> Option<Decoder> {
    match dtype {
        Dtype::F16 => Some(Decoder(2, |bytes| f16(u16::from_le_bytes(array(bytes))))),
        // The upper half of an f32.
        Dtype::BF16 => {
            Some(Decoder(2, |bytes| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(array(bytes))) << 16))))
        }
        Dtype::F32 => Some(Decoder(4, |bytes| f64::from(f32::from_le_bytes(array(bytes))))),
        Dtype::F64 if precision == Precision::Double => Some(Decoder(8, |bytes| f64::from_le_bytes(array(bytes)))),
        _ => None,
    }
}

fn readable(precision: Precision) -> &'static str {
    match precision {
        Precision::Single => "F32, F16 or BF16",
        Precision::Double => "F64, F32, F16 or BF16",
    }
}

/// Converts a slice of `N` bytes to an array.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}

/// An IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction.
fn f16(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (u64::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction / (1 << 24) as f64,
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        // 2^(exponent − 15), by the exponent field of an f64.
        _ => f64::from_bits((exponent + 1023 - 15) << 52) * (1.0 + fraction / 1024.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_by_hand() {
        // The table of https://en.wikipedia.org/wiki/Half-precision_floating-point_format, "Half precision examples".
        for (bits, number) in [
            (0x0000, 0.0),
            (0x0001, 0.000000059604645),
            (0x03ff, 0.000060975552),
            (0x0400, 0.00006103515625),
            (0x3555, 0.33325195),
            (0x3bff, 0.99951172),
            (0x3c00, 1.0),
            (0x3c01, 1.00097656),
            (0x7bff, 65504.0),
            (0xc000, -2.0),
        ] {
            assert!((f16(bits) - number).abs() <= 1e-8 * number.abs(), "{bits:04x}: {}", f16(bits));
        }
        assert_eq!((f16(0x7c00), f16(0xfc00)), (f64::INFINITY, f64::NEG_INFINITY));
        assert!(f16(0x7e00).is_nan() && f16(0x8000).is_sign_negative());
        let all: Vec<f64> = (0..0x7c00).map(f16).collect();
        assert!(all.is_sorted_by(|a, b| a < b), "more bits are larger numbers");
    }

    #[test]
    fn a_bfloat_is_the_upper_half_of_a_float() {
        let decoder = decoder(Dtype::BF16, Precision::Single).unwrap();
        let numbers: Vec<f64> = decoder.numbers(&[0x80, 0x3f, 0x49, 0xc0, 0x80, 0x7f]).collect();
        assert_eq!(numbers, [1.0, -3.140625, f64::INFINITY]);
    }
}

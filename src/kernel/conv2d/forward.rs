//! The forward pass.

use super::im2col_gemm;
use super::plan::{Forward, Plan};
use crate::kernel::gemm::{Write, gemm, implicit};
use crate::kernel::matrix::Matrix;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// Computes `y = bias + weight · im2col(x)` for one sample, with `columns` (`C·KH·KW × OH·OW`) and `starts` (`C·KH·KW`) as
/// scratch.
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not [sound](Geometry::is_sound).
#[inline(always)]
pub fn conv2d<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    weight: &[T],
    bias: &[T],
    columns: &mut [T],
    starts: &mut [u32],
    output: &mut [T],
) {
    let plan = Plan::of(geometry);
    let (filters, patch) = (geometry.output.channels, geometry.patch());
    let numbers = [input.len(), weight.len(), bias.len(), output.len()];
    let expected = [geometry.input.len(), volume!(filters, patch), filters, geometry.output.len()];
    assert_eq!(numbers, expected, "numbers and geometry");
    let scratch = [volume!(patch, geometry.positions()), patch];
    assert_eq!([columns.len(), starts.len()], scratch, "scratch and geometry");
    match plan.forward {
        Forward::Implicit(polyphase) => {
            polyphase.starts(starts);
            let image = &mut columns[..polyphase.size()];
            polyphase.fill(input, image);
            let (weight, patches) = (Matrix::new(weight, filters, patch), polyphase.patches(image, starts));
            implicit::gemm(weight, patches, Write::Bias(bias), output, geometry.positions());
        }
        Forward::Im2col => im2col_gemm::conv2d(geometry, input, weight, bias, columns, output, gemm),
    }
}

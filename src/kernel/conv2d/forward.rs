//! The forward pass.

use super::im2col_gemm;
use super::plan::{Forward, Plan};
use crate::kernel::gemm::{Write, gemm, implicit};
use crate::kernel::matrix::Matrix;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// The scratch of the forward pass, for one group of one sample.
pub struct Columns<'a, T> {
    /// The columns of [`im2col`](crate::kernel::im2col), `C·KH·KW × OH·OW`, or the image that is read in place.
    pub numbers: &'a mut [T],
    /// Where each row of columns begins in that image: `C·KH·KW`.
    pub starts: &'a mut [u32],
}

/// Computes `y = bias + weight · im2col(x)` for one sample of `groups` groups of channels and filters, each with the geometry `group`.
/// An empty bias is zero.
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not [that of a convolution](Geometry::check_convolution).
#[inline(always)]
pub fn conv2d<T: Scalar>(
    group: &Geometry,
    groups: usize,
    input: &[T],
    weight: &[T],
    bias: &[T],
    columns: Columns<'_, T>,
    output: &mut [T],
) {
    let (plan, Columns { numbers: columns, starts }) = (Plan::of(group, groups), columns);
    let (filters, patch) = (group.output.channels, group.patch());
    let numbers = [input.len(), weight.len(), output.len()];
    let expected = [group.input.len(), volume!(filters, patch), group.output.len()].map(|len| volume!(groups, len));
    assert_eq!(numbers, expected, "numbers and geometry");
    assert!(bias.is_empty() || bias.len() == volume!(groups, filters), "one bias for each filter, or none");
    let scratch = [volume!(patch, group.positions()), patch];
    assert_eq!([columns.len(), starts.len()], scratch, "scratch and geometry");
    if let Forward::Depthwise(depthwise) = plan.forward {
        return depthwise.forward(input, weight, bias, columns, starts, output);
    }
    if let Forward::Implicit(polyphase) = plan.forward {
        polyphase.starts(starts);
    }
    for g in 0..groups {
        let input = &input[g * group.input.len()..][..group.input.len()];
        let weight = &weight[g * filters * patch..][..filters * patch];
        let output = &mut output[g * group.output.len()..][..group.output.len()];
        let write = if bias.is_empty() { Write::Overwrite } else { Write::Bias(&bias[g * filters..][..filters]) };
        match plan.forward {
            Forward::Implicit(polyphase) => {
                let image = &mut columns[..polyphase.size()];
                polyphase.fill(input, image);
                let (weight, patches) = (Matrix::new(weight, filters, patch), polyphase.patches(image, starts));
                implicit::gemm(weight, patches, write, output, group.positions());
            }
            _ => im2col_gemm::conv2d(group, input, weight, write, columns, output, gemm),
        }
    }
}

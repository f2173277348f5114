//! im2col and its adjoint: a convolution as one matrix product.
//!
//! Column `(oy, ox)` of the matrix holds the patch of the image that output position sees, one row for each weight
//! `(c, ky, kx)`; the convolution is then `weight · columns`. Fast because a row of the matrix is a strided copy of image rows:
//! for stride 1 each is one `memcpy`, and no position is tested for being in the padding (the range of those that are
//! not is computed once per row).

use crate::scalar::Scalar;
use crate::shape::Geometry;

/// `columns[(c, ky, kx), (oy, ox)] = x[c, oy·sh + ky − ph, ox·sw + kx − pw]`, zero in the padding.
///
/// # Panics
/// If `input` or `columns` does not have the length the geometry says.
#[inline(always)]
pub fn im2col<T: Scalar>(geometry: &Geometry, input: &[T], columns: &mut [T]) {
    let Geometry { input: from, output: to, window } = *geometry;
    check(geometry, columns, input);
    let stride = window.stride[1];
    let mut rows = columns.chunks_exact_mut(geometry.positions());
    for plane in input.chunks_exact(from.height * from.width) {
        for ky in 0..window.kernel[0] {
            let (top, bottom) = geometry.inside(0, ky);
            for kx in 0..window.kernel[1] {
                let (left, right) = geometry.inside(1, kx);
                let Some(row) = rows.next() else { return };
                if left == right {
                    row.fill(T::zero());
                    continue;
                }
                row[..top * to.width].fill(T::zero());
                row[bottom * to.width..].fill(T::zero());
                let first = geometry.pixel(1, left, kx);
                for oy in top..bottom {
                    let line = &plane[geometry.pixel(0, oy, ky) * from.width..][..from.width];
                    let row = &mut row[oy * to.width..][..to.width];
                    row[..left].fill(T::zero());
                    row[right..].fill(T::zero());
                    let row = &mut row[left..right];
                    if stride == 1 {
                        row.copy_from_slice(&line[first..first + row.len()]);
                    } else {
                        for (to, &from) in row.iter_mut().zip(line[first..].iter().step_by(stride)) {
                            *to = from;
                        }
                    }
                }
            }
        }
    }
}

/// The adjoint of [`im2col`]: every column entry is added to the pixel it was copied from, from zero.
///
/// # Panics
/// If `input` or `columns` does not have the length the geometry says.
#[inline(always)]
pub fn col2im<T: Scalar>(geometry: &Geometry, columns: &[T], input: &mut [T]) {
    let Geometry { input: from, output: to, window } = *geometry;
    check(geometry, columns, input);
    let stride = window.stride[1];
    input.fill(T::zero());
    let mut rows = columns.chunks_exact(geometry.positions());
    for plane in input.chunks_exact_mut(from.height * from.width) {
        for ky in 0..window.kernel[0] {
            let (top, bottom) = geometry.inside(0, ky);
            for kx in 0..window.kernel[1] {
                let (left, right) = geometry.inside(1, kx);
                let Some(row) = rows.next() else { return };
                if left == right {
                    continue;
                }
                let first = geometry.pixel(1, left, kx);
                for oy in top..bottom {
                    let line = &mut plane[geometry.pixel(0, oy, ky) * from.width..][..from.width];
                    let row = &row[oy * to.width..][left..right];
                    for (to, &from) in line[first..].iter_mut().step_by(stride).zip(row) {
                        *to += from;
                    }
                }
            }
        }
    }
}

/// The transpose of [`im2col`]'s matrix: `rows[(oy, ox), (c, ky, kx)]`, one row for each output position.
///
/// A GEMM that sums over the positions reads these rows in order, where it would have to gather from the columns.
///
/// # Panics
/// If `input` or `rows` does not have the length the geometry says.
#[inline(always)]
pub fn im2row<T: Scalar>(geometry: &Geometry, input: &[T], rows: &mut [T]) {
    let Geometry { input: from, output: to, window } = *geometry;
    check(geometry, rows, input);
    let ([kh, kw], [sh, sw], [ph, pw]) = (window.kernel, window.stride, window.padding);
    let (plane, patch) = (from.height * from.width, geometry.patch());
    for (position, row) in rows.chunks_exact_mut(patch).enumerate() {
        let (oy, ox) = (position / to.width, position % to.width);
        // Where the window begins; beyond the image, and so huge, if it begins in the padding.
        let (y, x) = ((oy * sh).wrapping_sub(ph), (ox * sw).wrapping_sub(pw));
        let whole = y < from.height && y + kh <= from.height && x < from.width && x + kw <= from.width;
        for (c, row) in row.chunks_exact_mut(kh * kw).enumerate() {
            for (ky, row) in row.chunks_exact_mut(kw).enumerate() {
                if whole {
                    let at = c * plane + (y + ky) * from.width + x;
                    for (to, &from) in row.iter_mut().zip(&input[at..at + kw]) {
                        *to = from;
                    }
                } else {
                    let y = y.wrapping_add(ky);
                    for (kx, to) in row.iter_mut().enumerate() {
                        let x = x.wrapping_add(kx);
                        let inside = y < from.height && x < from.width;
                        *to = if inside { input[c * plane + y * from.width + x] } else { T::zero() };
                    }
                }
            }
        }
    }
}

fn check<T>(geometry: &Geometry, columns: &[T], input: &[T]) {
    assert_eq!(input.len(), geometry.input.len(), "pixels of the image and of the geometry");
    assert_eq!(columns.len(), geometry.patch() * geometry.positions(), "columns and geometry");
}

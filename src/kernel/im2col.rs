//! im2col and im2row: a convolution as one matrix product.
//!
//! A patch is what the window sees at one position. **im2col** writes patches as columns of a matrix, in the order of the
//! weights `(c, ky, kx)`, so that the convolution is `weight · columns`. **im2row** writes them as rows, in the order
//! `(ky, kx, c)`, from a channels-last image, in which one row of the window is contiguous. The gradients are products
//! of these rows; [`add_row2im`] adds the gradient of the rows to that of the image.
//!
//! All functions process a band of output rows at a time, so that a matrix stays in cache however large the image is. Fast
//! because they copy: im2col copies rows of pixels, im2row and add_row2im contiguous runs. No position is tested for padding,
//! because the range of positions inside the image is computed beforehand. With a stride, im2col first reorders the pixels of
//! a plane into phases, so that it can copy rows as well; picking the strided pixels for each column of the window is
//! slower.

use core::array::from_fn;
use core::ops::Range;

use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// The capacity for the phases of a plane, on the stack. For a larger plane, each column of the window picks its strided pixels.
const PHASES: usize = 2048;

/// `columns[(c, ky, kx), (oy, ox)] = x[c, oy·sh + ky·dh − ph, ox·sw + kx·dw − pw]` for the output rows `band`, zero in the padding.
///
/// # Panics
/// If `input` or `columns` does not have the length the geometry implies, the geometry is not [sound](Geometry::is_sound), or the
/// band is empty or not within its rows.
#[inline(always)]
pub fn im2col<T: Scalar>(geometry: &Geometry, band: Range<usize>, input: &[T], columns: &mut [T]) {
    let Geometry { input: from, output: to, window } = *geometry;
    check(geometry, &band, columns, input);
    let stride = window.stride[1];
    if stride > 1 && volume!(from.height, stride, phase(geometry)) <= PHASES {
        return by_phases(geometry, band, input, columns);
    }
    let mut rows = columns.chunks_exact_mut(band.len() * to.width);
    for plane in input.chunks_exact(from.height * from.width) {
        for ky in 0..window.kernel[0] {
            let (top, bottom) = geometry.inside(0, ky);
            let (top, bottom) = (top.clamp(band.start, band.end), bottom.clamp(band.start, band.end));
            for kx in 0..window.kernel[1] {
                let (left, right) = geometry.inside(1, kx);
                let Some(row) = rows.next() else { return };
                if left == right || top >= bottom {
                    row.fill(T::zero());
                    continue;
                }
                row[..(top - band.start) * to.width].fill(T::zero());
                row[(bottom - band.start) * to.width..].fill(T::zero());
                let first = geometry.pixel(1, left, kx);
                for oy in top..bottom {
                    let line = &plane[geometry.pixel(0, oy, ky) * from.width..][..from.width];
                    let row = &mut row[(oy - band.start) * to.width..][..to.width];
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

/// [`im2col`] of a plane whose phases fit on the stack. A phase collects the pixels of a line that are `stride` apart, with the
/// padding at both ends; every column of the window then reads a contiguous run of a phase.
///
/// ```text
/// phases[y, p, i] = x[c, y, i·sw + p − pw]
/// columns[(c, ky, kx), (oy, ox)] = phases[oy·sh + ky·dh − ph, (kx·dw) mod sw, ox + ⌊kx·dw / sw⌋]
/// ```
#[inline(always)]
fn by_phases<T: Scalar>(geometry: &Geometry, band: Range<usize>, input: &[T], columns: &mut [T]) {
    let Geometry { input: from, output: to, window } = *geometry;
    let ([kh, kw], [sh, sw], [ph, pw], [dh, dw]) = (window.kernel, window.stride, window.before, window.dilation);
    let (phase, positions) = (phase(geometry), band.len() * to.width);
    // Only pixels are written, so the padding stays zero.
    let mut phases = [T::zero(); PHASES];
    let planes = input.chunks_exact(from.height * from.width);
    for (plane, columns) in planes.zip(columns.chunks_exact_mut(kh * kw * positions)) {
        for (line, phases) in plane.chunks_exact(from.width).zip(phases.chunks_exact_mut(sw * phase)) {
            for (p, phase) in phases.chunks_exact_mut(phase).take(window.extent(1)).enumerate() {
                let first = pw.saturating_sub(p).div_ceil(sw);
                pick(line.get(first * sw + p - pw..).unwrap_or(&[]), sw, &mut phase[first..]);
            }
        }
        let mut rows = columns.chunks_exact_mut(positions);
        for ky in 0..kh {
            let (top, bottom) = geometry.inside(0, ky);
            for kx in 0..kw {
                let Some(row) = rows.next() else { return };
                for (oy, row) in band.clone().zip(row.chunks_exact_mut(to.width)) {
                    if top <= oy && oy < bottom {
                        let line = (oy * sh + ky * dh - ph) * sw + kx * dw % sw;
                        row.copy_from_slice(&phases[line * phase + kx * dw / sw..][..to.width]);
                    } else {
                        row.fill(T::zero());
                    }
                }
            }
        }
    }
}

/// The length of a phase: the part of a line that the window's columns of one phase see.
#[inline(always)]
const fn phase(geometry: &Geometry) -> usize {
    geometry.output.width + (geometry.window.extent(1) - 1) / geometry.window.stride[1]
}

/// `to[i] = from[i·stride]`, up to the end of either slice. Four at a time, which compiles to loads and shuffles; the last four
/// overlap those before if necessary.
#[inline(always)]
fn pick<T: Scalar>(from: &[T], stride: usize, to: &mut [T]) {
    const LANES: usize = 4;
    let len = from.len().div_ceil(stride).min(to.len());
    if len < LANES {
        to.iter_mut().zip(from.iter().step_by(stride)).for_each(|(to, &from)| *to = from);
        return;
    }
    for i in (0..len).step_by(LANES) {
        let i = i.min(len - LANES);
        let from = &from[i * stride..=(i + LANES - 1) * stride];
        to[i..i + LANES].copy_from_slice(&from_fn::<T, LANES, _>(|lane| from[lane * stride]));
    }
}

/// The adjoint of [`im2col`]: adds every entry of `columns` to the pixel it would be copied from.
///
/// # Panics
/// If `columns` or `image` does not have the length the geometry implies, the geometry is not [sound](Geometry::is_sound), or the
/// band is empty or not within its rows.
#[inline(always)]
pub fn add_col2im<T: Scalar>(geometry: &Geometry, band: Range<usize>, columns: &[T], image: &mut [T]) {
    let Geometry { input: from, output: to, window } = *geometry;
    check(geometry, &band, columns, image);
    let stride = window.stride[1];
    let mut rows = columns.chunks_exact(band.len() * to.width);
    for plane in image.chunks_exact_mut(from.height * from.width) {
        for ky in 0..window.kernel[0] {
            let (top, bottom) = geometry.inside(0, ky);
            for (kx, row) in (0..window.kernel[1]).zip(&mut rows) {
                let (left, right) = geometry.inside(1, kx);
                for oy in top.max(band.start)..bottom.min(band.end) {
                    let line = &mut plane[geometry.pixel(0, oy, ky) * from.width..][..from.width];
                    let row = &row[(oy - band.start) * to.width..][left..right];
                    if left < right {
                        let line = line[geometry.pixel(1, left, kx)..].iter_mut().step_by(stride);
                        line.zip(row).for_each(|(to, &from)| *to += from);
                    }
                }
            }
        }
    }
}

/// `rows[(oy, ox), (ky, kx, c)] = x[oy·sh + ky·dh − ph, ox·sw + kx·dw − pw, c]` for the output rows `band`, zero in the padding.
///
/// # Panics
/// If `image` or `rows` does not have the length the geometry implies, the geometry is not [sound](Geometry::is_sound), or the
/// band is empty or not within its rows.
#[inline(always)]
pub fn im2row<T: Scalar>(geometry: &Geometry, band: Range<usize>, image: &[T], rows: &mut [T]) {
    check(geometry, &band, rows, image);
    runs(
        geometry,
        band,
        #[inline(always)]
        |row, run| match run {
            Run::Pixels { at, pixel, len } => {
                rows[row + at..row + at + len].copy_from_slice(&image[pixel..pixel + len])
            }
            Run::Padding { at, len } => rows[row + at..row + at + len].fill(T::zero()),
        },
    );
}

/// The adjoint of [`im2row`]: adds every entry of `rows` to the pixel it would be copied from.
///
/// # Panics
/// If `image` or `rows` does not have the length the geometry implies, the geometry is not [sound](Geometry::is_sound), or the
/// band is empty or not within its rows.
#[inline(always)]
pub fn add_row2im<T: Scalar>(geometry: &Geometry, band: Range<usize>, rows: &[T], image: &mut [T]) {
    check(geometry, &band, rows, image);
    runs(
        geometry,
        band,
        #[inline(always)]
        |row, run| {
            if let Run::Pixels { at, pixel, len } = run {
                add(&rows[row + at..row + at + len], &mut image[pixel..pixel + len]);
            }
        },
    );
}

/// `to += from`, eight at a time. Each chunk is read before it is written, so the compiler can vectorize it without alias checks.
#[inline(always)]
fn add<T: Scalar>(from: &[T], to: &mut [T]) {
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (from, to) in from.iter().zip(to) {
        *to = from_fn(|i| to[i] + from[i]);
    }
    for (&from, to) in from_rest.iter().zip(to_rest) {
        *to += from;
    }
}

/// A part of a patch that is contiguous in the patch, and also in the image unless it is padding.
enum Run {
    Pixels { at: usize, pixel: usize, len: usize },
    Padding { at: usize, len: usize },
}

/// Calls `each` with every run of every patch in `band`, and with the index where the patch begins in the rows.
#[inline(always)]
fn runs(geometry: &Geometry, band: Range<usize>, mut each: impl FnMut(usize, Run)) {
    let Geometry { input: from, output: to, window } = *geometry;
    let ([kh, kw], [dh, dw], channels) = (window.kernel, window.dilation, from.channels);
    let mut row = 0;
    for oy in band {
        for ox in 0..to.width {
            if dw > 1 {
                // Columns of the window are not adjacent: each is a run of its own.
                for (ky, kx) in (0..kh).flat_map(|ky| (0..kw).map(move |kx| (ky, kx))) {
                    let at = (ky * kw + kx) * channels;
                    let y = (oy * window.stride[0] + ky * dh).wrapping_sub(window.before[0]);
                    let x = (ox * window.stride[1] + kx * dw).wrapping_sub(window.before[1]);
                    if y < from.height && x < from.width {
                        each(row, Run::Pixels { at, pixel: (y * from.width + x) * channels, len: channels });
                    } else {
                        each(row, Run::Padding { at, len: channels });
                    }
                }
                row += geometry.patch();
                continue;
            }
            // The columns of the window that are inside the image.
            let x = ox * window.stride[1];
            let left = window.before[1].saturating_sub(x).min(kw);
            let right = (from.width + window.before[1]).saturating_sub(x).clamp(left, kw);
            for ky in 0..kh {
                let y = oy * window.stride[0] + ky * dh;
                let at = ky * kw * channels;
                if y < window.before[0] || y >= from.height + window.before[0] || left == right {
                    each(row, Run::Padding { at, len: kw * channels });
                    continue;
                }
                let pixel = ((y - window.before[0]) * from.width + x + left - window.before[1]) * channels;
                if right - left == kw {
                    // A separate call, because here the length is a compile-time constant if the geometry is.
                    each(row, Run::Pixels { at, pixel, len: kw * channels });
                    continue;
                }
                if left > 0 {
                    each(row, Run::Padding { at, len: left * channels });
                }
                each(row, Run::Pixels { at: at + left * channels, pixel, len: (right - left) * channels });
                if right < kw {
                    each(row, Run::Padding { at: at + right * channels, len: (kw - right) * channels });
                }
            }
            row += geometry.patch();
        }
    }
}

#[inline(always)]
fn check<T>(geometry: &Geometry, band: &Range<usize>, patches: &[T], image: &[T]) {
    geometry.check();
    let rows = geometry.output.height;
    assert!(band.start < band.end && band.end <= rows, "rows {} to {} of {rows} are not a band", band.start, band.end);
    assert_eq!(image.len(), geometry.input.len(), "pixels of the image and of the geometry");
    let expected = volume!(geometry.patch(), band.len(), geometry.output.width);
    assert_eq!(patches.len(), expected, "patches and geometry");
}

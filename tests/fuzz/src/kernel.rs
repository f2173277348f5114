//! Kernels with any arguments: each call either panics with a message, or agrees with the definition, and nothing is written
//! outside the slice it is given.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shapeproof::kernel::gemm::implicit::{self, ImplicitIm2col};
use shapeproof::kernel::gemm::nt::add_gemm_nt;
use shapeproof::kernel::gemm::{Write, gemm, packed, unpacked};
use shapeproof::kernel::matrix::Matrix;
use shapeproof::kernel::{conv2d, im2col, naive, pool2d};
use shapeproof::shape::{Dims, Geometry, Window};

use super::bytes::Bytes;

/// Guards on both sides of a result, which must not change.
const GUARD: [f32; 64] = [-77.0; 64];

pub fn fuzz(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    match bytes.byte() % 6 {
        0 => multiply(&mut bytes, gemm),
        1 => multiply(&mut bytes, packed::gemm),
        2 => multiply(&mut bytes, unpacked::gemm),
        3 => multiply_nt(&mut bytes),
        4 => multiply_implicit(&mut bytes),
        _ => convolve(&mut bytes),
    }
}

/// Calls `work` on a result of `len` numbers between guards. Returns the result, or `None` if `work` panicked.
fn guarded(len: usize, before: f32, work: impl FnOnce(&mut [f32])) -> Option<Vec<f32>> {
    let mut room = [&GUARD[..], &vec![before; len], &GUARD].concat();
    let result = &mut room[GUARD.len()..][..len];
    let done = catch_unwind(AssertUnwindSafe(|| work(result))).is_ok();
    let (left, rest) = room.split_at(GUARD.len());
    let (result, right) = rest.split_at(len);
    assert!(left == GUARD && right == GUARD, "something was written beyond the result");
    done.then(|| result.into())
}

fn matrix<'a>(bytes: &mut Bytes<'_>, data: &'a [f32]) -> Matrix<'a, f32> {
    let (rows, columns) = (bytes.size(), bytes.size());
    let (row_stride, column_stride) = match bytes.byte() % 4 {
        0 => (columns, 1),
        1 => (1, rows),
        _ => (bytes.size(), bytes.size()),
    };
    // With a stride of 0, a few numbers are a matrix of any size, and its product would take too long.
    let (rows, columns) = (limited(rows, row_stride), limited(columns, column_stride));
    Matrix { data, rows, columns, row_stride, column_stride }
}

fn limited(size: usize, stride: usize) -> usize {
    if stride == 0 { size.min(255) } else { size }
}

type Gemm = fn(Matrix<'_, f32>, Matrix<'_, f32>, Write<'_, f32>, &mut [f32], usize);

fn multiply(bytes: &mut Bytes<'_>, gemm: Gemm) {
    let (a_len, b_len, len) = (bytes.small(255), bytes.small(255), bytes.small(255));
    let (a_data, b_data, rows) = (bytes.integers(a_len), bytes.integers(b_len), bytes.integers(15));
    let (a, mut b) = (matrix(bytes, &a_data), matrix(bytes, &b_data));
    if bytes.byte() < 200 {
        b.rows = limited(a.columns, b.row_stride);
    }
    let (write, before) = match bytes.byte() % 3 {
        0 => (Write::Overwrite, f32::NAN),
        1 => (Write::Accumulate, 3.0),
        _ => (Write::Bias(&rows[..a.rows.min(rows.len())]), f32::NAN),
    };
    let stride = if bytes.byte() < 128 { b.columns } else { bytes.size() };
    let Some(found) = guarded(len, before, |c| gemm(a, b, write, c, stride)) else { return };
    if a.rows == 0 || b.columns == 0 {
        return;
    }
    let mut defined = vec![before; len];
    naive::gemm(a, b, write, &mut defined, stride);
    let same = found.iter().zip(&defined).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
    assert!(same, "{a:?} · {b:?}: found {found:?}, defined {defined:?}");
}

fn multiply_nt(bytes: &mut Bytes<'_>) {
    let (a_len, b_len, len) = (bytes.small(255), bytes.small(255), bytes.small(255));
    let (a_data, b_data) = (bytes.integers(a_len), bytes.integers(b_len));
    let (a, b) = (matrix(bytes, &a_data), matrix(bytes, &b_data));
    let len = if bytes.byte() < 128 { a.rows.saturating_mul(b.rows).min(255) } else { len };
    let Some(found) = guarded(len, 2.0, |c| add_gemm_nt(a, b, c)) else { return };
    let mut defined = vec![2.0; len];
    naive::add_gemm_nt(a, b, &mut defined);
    assert_eq!(found, defined, "{a:?} · {b:?}ᵀ");
}

fn multiply_implicit(bytes: &mut Bytes<'_>) {
    let (a_len, len) = (bytes.small(255), bytes.small(255));
    let (a_data, image) = (bytes.integers(a_len), bytes.integers(255));
    let a = matrix(bytes, &a_data);
    let starts: Vec<u32> =
        (0..a.columns.min(9)).map(|_| u32::from(bytes.byte()) * [1, 1, 1, u32::MAX / 255][bytes.small(3)]).collect();
    let (runs, run, stride) = (bytes.size(), bytes.small(5) * implicit::LANES, bytes.size());
    let b = ImplicitIm2col { image: &image, starts: &starts, runs, run, stride };
    let c_stride = if bytes.byte() < 128 { runs.saturating_mul(run) } else { bytes.size() };
    let Some(found) = guarded(len, f32::NAN, |c| implicit::gemm(a, b, Write::Overwrite, c, c_stride)) else {
        return;
    };
    let columns = runs.saturating_mul(run);
    for i in 0..if columns == 0 { 0 } else { a.rows } {
        for j in 0..columns {
            let pixel = |k: usize| image[starts[k] as usize + j / run * stride + j % run];
            let sum: f32 = (0..a.columns).map(|k| a.data[i * a.row_stride + k] * pixel(k)).sum();
            assert_eq!(found[i * c_stride + j], sum, "[{i}, {j}] of {a:?} · {b:?}");
        }
    }
}

/// A geometry by the shape rules, usually; otherwise any.
fn geometry(bytes: &mut Bytes<'_>) -> Geometry {
    let mut pair = || [bytes.small(6), bytes.small(6)];
    let window = Window { after: pair(), dilation: pair(), ..Window::new(pair(), pair(), pair()) };
    let window = Window { ceil: window.after[0] == 5, ..window };
    let input = Dims::new(bytes.small(4), bytes.small(12), bytes.small(12));
    let output = Dims::new(bytes.small(4), window.output(0, input.height), window.output(1, input.width));
    let mut geometry = Geometry { input, output, window };
    if bytes.byte() >= 200 {
        let Geometry { input, output, window } = &mut geometry;
        let [kernel, stride, padding] = [&mut window.kernel, &mut window.stride, &mut window.before];
        let dilation = &mut window.dilation;
        let fields = [
            &mut input.channels,
            &mut input.height,
            &mut input.width,
            &mut output.channels,
            &mut output.height,
            &mut output.width,
            &mut kernel[0],
            &mut stride[1],
            &mut padding[0],
            &mut dilation[0],
        ];
        let at = bytes.small(9);
        *fields.into_iter().nth(at).unwrap() = bytes.size();
    }
    geometry
}

fn convolve(bytes: &mut Bytes<'_>) {
    let geometry = geometry(bytes);
    let Geometry { input: from, output: to, window } = geometry;
    let size = |of: [usize; 3]| of.into_iter().fold(1usize, usize::saturating_mul).min(1 << 16);
    let (inputs, outputs) = (size([from.channels, from.height, from.width]), size([to.channels, to.height, to.width]));
    let groups = 1 + bytes.small(2);
    let patch = size([from.channels / groups, window.kernel[0], window.kernel[1]]);
    let (input, weight) = (bytes.integers(inputs), bytes.integers(size([to.channels, patch, 1])));
    let bias = bytes.integers(to.channels.min(255));
    let sensible = || {
        window.stride.iter().all(|&stride| stride > 0)
            && [to.height, to.width] == [window.output(0, from.height), window.output(1, from.width)]
            && outputs > 0
            && patch > 0
    };
    match bytes.byte() % 3 {
        0 => {
            let mut columns = vec![f32::NAN; size([patch, to.height, to.width])];
            let mut starts = vec![0; patch];
            let found = guarded(outputs, f32::NAN, |output| {
                let (numbers, panels) = (&mut columns, &mut vec![f32::NAN; weight.len()]);
                let columns = conv2d::Columns { numbers, starts: &mut starts, panels };
                let then = conv2d::Epilogue::NONE;
                let of = conv2d::Forward { then, ..conv2d::Forward::new(&*input, &weight, &bias, output) };
                conv2d::conv2d(&geometry.group(groups), groups, of, columns);
            });
            if let Some(found) = found.filter(|_| sensible()) {
                let mut defined = vec![f32::NAN; outputs];
                naive::conv2d(&geometry, groups, &input, &weight, &bias, &mut defined);
                assert_eq!(found, defined, "{geometry:?}");
            }
        }
        1 => {
            let found = guarded(outputs, f32::NAN, |output| pool2d::max_pool2d(&geometry, &input, output, None));
            let channels = from.channels == to.channels;
            let seen = geometry.is_sound() && geometry.sees_pixels();
            if let Some(found) = found.filter(|_| sensible() && channels && seen) {
                let (mut defined, mut argmax) = (vec![f32::NAN; outputs], vec![0; outputs]);
                naive::max_pool2d(&geometry, &input, &mut defined, &mut argmax);
                assert_eq!(found, defined, "{geometry:?}");
            }
        }
        _ => {
            let (first, end) = (bytes.small(12), bytes.small(12));
            let len = size([patch, to.width, end.saturating_sub(first)]);
            let columns = guarded(len, f32::NAN, |columns| im2col::im2col(&geometry, first..end, &input, columns));
            let columns = columns.unwrap_or_else(|| bytes.integers(len));
            guarded(inputs, 0.0, |image| im2col::add_col2im(&geometry, first..end, &columns, image));
        }
    }
}

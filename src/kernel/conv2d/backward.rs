//! The way back through a convolution: the gradients of its input, its weights and its bias.
//!
//! Fast for the same reasons as the way forward, and because a gradient that is mostly zeros, as it comes from a max pooling
//! or a ReLU, is multiplied as a [sparse](super::super::sparse) matrix: only its entries cost anything.

use alloc::boxed::Box;

use super::super::dots::add_dots;
use super::super::gemm::gemm;
use super::super::im2col::{col2im, im2col, im2row, row2im};
use super::super::matrix::Matrix;
use super::super::padded::{Inside, Planes};
use super::super::product::Start;
use super::super::sparse::{Pattern, count};
use super::super::transpose::transpose;
use super::super::windows;
use super::{band_rows, bands};
use crate::aligned::Aligned;
use crate::memory;
use crate::scalar::Scalar;
use crate::shape::{Geometry, Window, volume};

/// Patches up to this size have their weight gradients computed as dot products.
const SMALL_PATCH: usize = 32;

/// The gradients of a convolution: what they are computed from, and where they go.
pub struct Backward<'a, T> {
    /// `x` of all samples.
    pub input: &'a [T],
    /// The weights.
    pub weight: &'a [T],
    /// `∂L/∂y` of all samples.
    pub grad_output: &'a [T],
    /// `∂L/∂x` of all samples, if it is wanted: overwritten.
    pub grad_input: Option<&'a mut [T]>,
    /// `∂L/∂weight`: added to.
    pub grad_weight: &'a mut [T],
    /// `∂L/∂bias`: added to.
    pub grad_bias: &'a mut [T],
}

/// What the gradients of a convolution are computed with: room for a band of one sample, and for the weights.
pub struct BackwardScratch<T> {
    /// The geometry there is room for.
    geometry: Geometry,
    /// The patches of a band, as rows, or their gradients.
    patches: Aligned<T>,
    /// The sample with its channels innermost, padded, and its gradient, not padded.
    image: Aligned<T>,
    grad_image: Aligned<T>,
    /// Where each patch begins in the padded sample.
    starts: Box<[u32]>,
    /// The weights as the input's gradient takes them, and the weights' gradients with their channels innermost.
    weight: Aligned<T>,
    grad_weight: Aligned<T>,
    /// The planes of the output's gradient, and where in them the rows of its patches begin; for [`ToInput::Mirror`] alone.
    planes: Aligned<T>,
    plane_starts: Box<[u32]>,
    /// What the bias is multiplied by in every position: a gradient's sum is its dot product with ones.
    ones: Aligned<T>,
    /// Where the output's gradient in a band is not zero, if it mostly is: by filters and by positions.
    by_filter: Pattern,
    by_position: Pattern,
}

impl<T: Scalar> BackwardScratch<T> {
    /// Room for a convolution of this geometry.
    ///
    /// # Panics
    /// If the geometry leads nowhere, or there is no memory for it.
    pub fn new(geometry: &Geometry) -> Self {
        let (filters, patch, inside) = (geometry.output.channels, geometry.patch(), Inside::new(geometry));
        let positions = band_rows::<T>(geometry) * geometry.output.width;
        let weights = volume!(filters, patch);
        let mut ones = Aligned::zeros(geometry.positions());
        ones.fill(T::one());
        let mut plane_starts = memory::zeros(weights / geometry.input.channels);
        let planes = match ToInput::of(geometry) {
            ToInput::Mirror(planes) => {
                planes.starts(&mut plane_starts);
                planes.size()
            }
            ToInput::Columns | ToInput::Rows => 0,
        };
        BackwardScratch {
            geometry: *geometry,
            patches: Aligned::zeros(volume!(patch, positions)),
            image: Aligned::zeros(inside.size()),
            grad_image: Aligned::zeros(geometry.input.len()),
            starts: inside.starts().collect(),
            weight: Aligned::zeros(weights),
            grad_weight: Aligned::zeros(weights),
            planes: Aligned::zeros(planes),
            plane_starts,
            ones,
            by_filter: Pattern::with_room(filters, filters * positions),
            by_position: Pattern::with_room(positions, filters * positions),
        }
    }
}

/// How the gradient of the input comes from that of the output.
#[derive(Clone, Copy)]
enum ToInput {
    /// By a convolution whose patches need not be copied, with the kernel turned around and filters and channels exchanged;
    /// the padding is what is missing to a whole kernel less one:
    ///
    /// ```text
    /// ∂L/∂x[c, y, x] = Σ w[o, c, KH − 1 − ky, KW − 1 − kx] · ∂L/∂y[o, y + ky − (KH − 1 − PH), x + kx − (KW − 1 − PW)]
    ///                o,ky,kx
    /// ```
    Mirror(Planes),
    /// `col2im(weightᵀ · ∂L/∂y)`: with a kernel of one pixel every column goes to a pixel of its own.
    Columns,
    /// `row2im(∂L/∂yᵀ · weight)`
    Rows,
}

impl ToInput {
    #[inline(always)]
    const fn of(geometry: &Geometry) -> ToInput {
        let Geometry { input, output, window: Window { kernel: [kh, kw], stride: [sh, sw], padding: [ph, pw] } } =
            *geometry;
        if sh == 1 && sw == 1 && ph < kh && pw < kw {
            let window = Window { kernel: [kh, kw], stride: [1, 1], padding: [kh - 1 - ph, kw - 1 - pw] };
            if let Some(planes) = Planes::new(&Geometry { input: output, output: input, window }) {
                return ToInput::Mirror(planes);
            }
        }
        if kh == 1 && kw == 1 { ToInput::Columns } else { ToInput::Rows }
    }
}

/// The gradients of all samples:
///
/// ```text
/// ∂L/∂weight += ∂L/∂y · im2row(x)        ∂L/∂bias[o] += Σ ∂L/∂y[o]        ∂L/∂x = row2im(∂L/∂yᵀ · weight)
/// ```
///
/// A small patch (`C·KH·KW`) makes a matrix too narrow for a product to pay: its weights' gradients are dot products of
/// long rows. For the gradient of the input there are other ways too, which are faster where they can be gone.
///
/// # Panics
/// If a slice does not have the length the geometry says, that leads nowhere, or the scratch is another geometry's.
#[inline(always)]
pub fn conv2d_backward<T: Scalar>(geometry: &Geometry, of: Backward<'_, T>, scratch: &mut BackwardScratch<T>) {
    geometry.check();
    if *geometry != scratch.geometry {
        refuse(*geometry, scratch.geometry);
    }
    let Backward { input, weight, grad_output, mut grad_input, grad_weight, grad_bias } = of;
    let BackwardScratch { patches, image, grad_image, planes, ones, by_filter, by_position, .. } = scratch;
    let Geometry { input: from, output: to, .. } = *geometry;
    let (filters, patch, inside, to_input) =
        (to.channels, geometry.patch(), Inside::new(geometry), ToInput::of(geometry));
    let (padded, is_small, by_rows) =
        (inside.padded(), patch <= SMALL_PATCH, grad_input.is_some() && matches!(to_input, ToInput::Rows));
    let samples = input.chunks_exact(from.len()).zip(grad_output.chunks_exact(to.len()));
    assert_eq!(
        [input.len(), grad_output.len(), grad_input.as_ref().map_or(input.len(), |grad_input| grad_input.len())],
        [samples.len() * from.len(), samples.len() * to.len(), input.len()],
        "whole samples"
    );
    let weights = volume!(filters, patch);
    assert_eq!([weight.len(), grad_weight.len(), grad_bias.len()], [weights, weights, filters], "weights and geometry");

    match to_input {
        _ if grad_input.is_none() => {}
        ToInput::Mirror(_) => turn_around(geometry, weight, &mut scratch.weight),
        ToInput::Columns => {}
        ToInput::Rows => move_channels_inside(geometry, weight, &mut scratch.weight),
    }
    scratch.grad_weight.fill(T::zero());
    for (n, (x, dy)) in samples.enumerate() {
        if !is_small {
            inside.fill(x, image);
        }
        let mut dx = grad_input.as_deref_mut().map(|grad_input| &mut grad_input[n * from.len()..][..from.len()]);
        match (to_input, &mut dx) {
            (_, None) => {}
            (ToInput::Mirror(mirror), Some(dx)) => {
                mirror.fill(dy, planes);
                let weight = Matrix::new(&scratch.weight, from.channels, weights / from.channels);
                let patches = mirror.windows(planes, &scratch.plane_starts);
                windows::multiply(weight, patches, Start::Zero, dx, from.height * from.width);
            }
            (ToInput::Columns, Some(dx)) => dx.fill(T::zero()),
            (ToInput::Rows, Some(_)) => grad_image.fill(T::zero()),
        }
        for band in bands::<T>(geometry) {
            let positions = band.len() * to.width;
            let starts = &scratch.starts[band.start * to.width..][..positions];
            let patches = &mut patches[..patch * positions];
            let dy = Matrix::strided(&dy[band.start * to.width..], filters, positions, geometry.positions());
            // Dot products take a gradient as it is.
            let is_sparse = (!is_small || by_rows) && 2 * count(dy) <= filters * positions;
            if is_sparse {
                by_filter.find(dy);
            }

            if is_small {
                im2col(geometry, band.clone(), x, patches);
                add_dots(dy, Matrix::new(patches, patch, positions), grad_weight);
            } else if inside.has_windows() && !is_sparse {
                windows::multiply(dy, inside.windows(image, starts), Start::Kept, &mut scratch.grad_weight, patch);
            } else {
                im2row(&padded, band.clone(), image, patches);
                let patches = Matrix::new(patches, positions, patch);
                if is_sparse {
                    by_filter.multiply(dy, patches, Start::Kept, &mut scratch.grad_weight);
                } else {
                    gemm(dy, patches, Start::Kept, &mut scratch.grad_weight, patch);
                }
            }

            match (to_input, &mut dx) {
                (_, None) | (ToInput::Mirror(_), _) => {}
                (ToInput::Columns, Some(dx)) => {
                    gemm(Matrix::new(weight, filters, patch).transposed(), dy, Start::Zero, patches, positions);
                    col2im(geometry, band, patches, dx);
                }
                (ToInput::Rows, Some(_)) => {
                    let weight = Matrix::new(&scratch.weight, filters, patch);
                    if is_sparse {
                        by_position.transpose(by_filter, filters, positions);
                        by_position.multiply(dy.transposed(), weight, Start::Zero, patches);
                    } else {
                        gemm(dy.transposed(), weight, Start::Zero, patches, patch);
                    }
                    row2im(geometry, band, patches, grad_image);
                }
            }
        }
        if let (ToInput::Rows, Some(dx)) = (to_input, dx) {
            transpose(Matrix::new(grad_image, from.height * from.width, from.channels), dx);
        }
        add_dots(Matrix::new(dy, filters, geometry.positions()), Matrix::new(ones, 1, geometry.positions()), grad_bias);
    }
    if !is_small {
        add_channels_outside(geometry, &scratch.grad_weight, grad_weight);
    }
}

/// The geometries come by value: one whose address is handed on is no constant any more.
#[cold]
#[inline(never)]
#[track_caller]
fn refuse(geometry: Geometry, scratch: Geometry) -> ! {
    panic!("a convolution of {geometry:?} with the scratch of {scratch:?}")
}

/// `turned[c, o, ky, kx] = weight[o, c, KH − 1 − ky, KW − 1 − kx]`
#[inline(never)]
fn turn_around<T: Scalar>(geometry: &Geometry, weight: &[T], turned: &mut [T]) {
    let (channels, filters) = (geometry.input.channels, geometry.output.channels);
    let taps = geometry.patch() / channels;
    assert_eq!(weight.len(), turned.len(), "weights and geometry");
    for (o, weight) in weight.chunks_exact(channels * taps).enumerate() {
        for (c, weight) in weight.chunks_exact(taps).enumerate() {
            let turned = &mut turned[(c * filters + o) * taps..][..taps];
            for (turned, &weight) in turned.iter_mut().zip(weight.iter().rev()) {
                *turned = weight;
            }
        }
    }
}

/// `inside[o, (ky, kx), c] = weight[o, c, (ky, kx)]`
#[inline(always)]
fn move_channels_inside<T: Scalar>(geometry: &Geometry, weight: &[T], inside: &mut [T]) {
    let (channels, patch) = (geometry.input.channels, geometry.patch());
    assert_eq!(weight.len(), inside.len(), "weights and geometry");
    for (weight, inside) in weight.chunks_exact(patch).zip(inside.chunks_exact_mut(patch)) {
        transpose(Matrix::new(weight, channels, patch / channels), inside);
    }
}

/// `weight[o, c, (ky, kx)] += inside[o, (ky, kx), c]`
#[inline(never)]
fn add_channels_outside<T: Scalar>(geometry: &Geometry, inside: &[T], weight: &mut [T]) {
    let (channels, patch) = (geometry.input.channels, geometry.patch());
    assert_eq!(weight.len(), inside.len(), "weights and geometry");
    let taps = patch / channels;
    for (weight, inside) in weight.chunks_exact_mut(patch).zip(inside.chunks_exact(patch)) {
        for (c, weight) in weight.chunks_exact_mut(taps).enumerate() {
            for (weight, inside) in weight.iter_mut().zip(inside.chunks_exact(channels)) {
                *weight += inside[c];
            }
        }
    }
}

//! The forward pass with vectors along the filters, and with what follows the convolution.
//!
//! Fast because nothing depends on the width of the image, see [`im2row`]: with rows of 8 or 28 pixels, vectors of sixteen adjacent
//! pixels would be half empty, or would take copied patches. Zeros around the image are not multiplied: of a window that reaches beyond it,
//! the rows outside are left out, and in short rows of outputs the columns outside too. A band of output rows is computed at a time, which
//! stays in cache as `[O/16, positions, 16]`. There, what follows is applied to whole vectors of filters. A max pooling with windows of two
//! columns is computed before that, in registers: only the largest values are stored. Only the result is written to the planes of the
//! output: after a max pooling, a quarter of the numbers or less.

use core::cell::Cell;

use super::polyphase::Polyphase;
use crate::kernel::epilogue::Epilogue;
use crate::kernel::gemm::Write;
use crate::kernel::gemm::im2row::{self, ImplicitIm2row, PANEL, Windows};
use crate::kernel::matrix::Matrix;
use crate::kernel::pool2d::beats;
use crate::kernel::rectifier::Rectifier;
use crate::kernel::rectify::{leak, rectify};
use crate::kernel::transpose::transpose_strided;
use crate::scalar::Scalar;
use crate::shape::{Dims, Geometry, MAX_NUMBERS, Window, volume};
use crate::simd::{Arch, Simd, WithSimd};

/// A band has at least this many positions, if the output has: enough to write whole vectors to its planes.
const POSITIONS: usize = 64;

/// And more, as long as it has no more values than this, which fit in the nearest cache.
const MOST_VALUES: usize = 8 * 1024;

/// The fewest samples of a call for which the weights are reordered. That takes less time than to copy patches if there are twice as many
/// positions as filters, in all samples together; if a pooling follows, which is computed here, too, as many.
#[inline(always)]
pub const fn fewest_samples(group: &Geometry, pooled: bool) -> usize {
    volume!(if pooled { 1 } else { 2 }, group.output.channels).div_ceil(group.positions())
}

/// The layout of a convolution whose filters are whole panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByFilter {
    /// The image with its padding: that of a stride of 1.
    image: Polyphase,
}

impl ByFilter {
    /// The layout, if the filters are whole panels, and the scratch for the columns has room for the image and a band.
    #[inline(always)]
    pub(super) const fn new(group: &Geometry) -> Option<ByFilter> {
        if !group.output.channels.is_multiple_of(PANEL) || !group.is_sound() || group.window.ceil {
            return None;
        }
        let window = Window { stride: [1, 1], ..group.window };
        let layout = ByFilter { image: Polyphase::of(&Geometry { window, ..*group }) };
        let fits = layout.image.size() <= MAX_NUMBERS && layout.most_rows(group) > 0;
        if fits { Some(layout) } else { None }
    }

    /// Writes where each row of the matrix of patches begins in the image, and the padding of the image.
    #[inline(always)]
    pub(super) fn prepare<T: Scalar>(&self, starts: &mut [u32], numbers: &mut [T]) {
        self.image.starts(starts);
        self.image.clear(numbers);
    }

    /// The rows of a band that stores one of `share` values: enough for [`POSITIONS`] and for [`MOST_VALUES`], or for which there is room,
    /// and a multiple of `of`.
    #[inline(always)]
    const fn rows(&self, group: &Geometry, of: usize, share: usize) -> usize {
        let Dims { channels, width, height } = group.output;
        let (enough, more) = (POSITIONS.div_ceil(width), MOST_VALUES * share / volume!(channels, width));
        let rows = if enough > more { enough } else { more }.next_multiple_of(of);
        let most = self.rows_in_room(group).saturating_mul(share);
        let most = if most < height { most } else { height };
        if rows < most { rows } else { most / of * of }
    }

    /// The values of the image, in whole vectors.
    #[inline(always)]
    const fn image_size(&self) -> usize {
        self.image.size().next_multiple_of(PANEL)
    }

    /// The most rows a band can have: those of the output, or for which there is room.
    #[inline(always)]
    pub(super) const fn most_rows(&self, group: &Geometry) -> usize {
        let rows = self.rows_in_room(group);
        if rows < group.output.height { rows } else { group.output.height }
    }

    /// The rows of output values for which there is room beside the image.
    #[inline(always)]
    const fn rows_in_room(&self, group: &Geometry) -> usize {
        let columns = volume!(group.patch(), group.positions());
        columns.saturating_sub(self.image_size()) / volume!(group.output.channels, group.output.width)
    }

    /// Writes the image of one group of one sample. Returns it, and room for a band.
    #[inline(always)]
    pub(super) fn of_input<'a, T: Scalar>(&self, input: &'a [T], numbers: &'a mut [T]) -> (&'a [T], &'a mut [T]) {
        let (image, band) = numbers.split_at_mut(self.image_size());
        (self.image.of_input(input, &mut image[..self.image.size()]), band)
    }

    /// Computes filters of one group of one sample, and what follows. The weights are in panels.
    #[inline(always)]
    pub(super) fn forward<T: Scalar>(
        &self,
        group: &Geometry,
        filters: usize,
        (image, weight, write): (&[T], &[T], Write<'_, T>),
        then: Epilogue<'_, T>,
        output: &mut [T],
        (band, starts): (&mut [T], &[u32]),
    ) {
        let (to, [sh, step]) = (group.output, group.window.stride);
        let stride = sh * self.image.plane()[1];
        let [ph, pw] = then.pool.unwrap_or([1, 1]);
        let [rows_out, columns_out] = [to.height / ph, to.width / pw];
        let (end, positions_out) = (rows_out * ph, rows_out * columns_out);
        let (mut in_registers, mut first) = (pools_in_registers(then, to.width, step), 0);
        while first < end {
            let share = if in_registers { ph * pw } else { 1 };
            let rows = self.rows(group, ph, share).min(end - first);
            let (width, pool) = if in_registers { (columns_out, None) } else { (to.width, then.pool) };
            let band = &mut band[..filters * rows * to.width / share];
            let image = &image[first * stride..];
            let windows = Some(Windows { geometry: group, first });
            let patches = ImplicitIm2row { image, starts, runs: rows, run: to.width, stride, step, windows };
            if in_registers && im2row::gemm_then_pool(patches, weight, write, ph, band) {
                // There may be NaN, which has to win: all positions are needed.
                in_registers = false;
                continue;
            }
            if !in_registers {
                im2row::gemm(patches, weight, write, band);
            }
            let has_nan = pool.is_some() && then.scale.is_none() && Arch::new().dispatch(SumIsNan(band));
            let at = first / ph * columns_out;
            for (p, band) in band.chunks_exact_mut(rows * to.width / share * PANEL).enumerate() {
                let done = finish(band, width, Epilogue { pool, ..then }, p * PANEL, has_nan);
                let output = &mut output[p * PANEL * positions_out + at..];
                transpose_strided(Matrix::new(&band[..done * PANEL], done, PANEL), output, positions_out);
            }
            first += rows;
        }
    }
}

/// Whether a pooling comes first, with windows of two columns: the largest values are all that need be written.
#[inline(always)]
fn pools_in_registers<T: Scalar>(then: Epilogue<'_, T>, width: usize, step: usize) -> bool {
    let pools_first = then.scale.is_none() && then.rectifier.is_none_or(|rectifier| rectifier.is_increasing());
    pools_first && matches!(then.pool, Some([_, 2])) && width.is_multiple_of(2) && step <= 2
}

/// Applies what follows to a band of the panel whose first channel is `channel`, in place. Returns how many positions are left.
///
/// Without optimizations it has its own frame, as a [tile](crate::simd::in_own_frame): the variables of all cases would fill the stack.
#[cfg_attr(not(debug_assertions), inline(always))]
fn finish<T: Scalar>(band: &mut [T], width: usize, then: Epilogue<'_, T>, channel: usize, has_nan: bool) -> usize {
    let (band, pool) = (band.as_chunks_mut::<PANEL>().0, then.pool.unwrap_or([1, 1]));
    if let Some([scale, shift]) = then.scale {
        let [scale, shift] = [of_panel(scale, channel), of_panel(shift, channel)];
        let scaled = |mut x: [T; PANEL]| {
            for lane in 0..PANEL {
                x[lane] = scale[lane] * x[lane] + shift[lane];
            }
            x
        };
        // Not after a pooling: a factor may be negative.
        rectify_and_pool(band, width, then.rectifier, NO_POOL, channel, scaled);
        let has_nan = pool != [1, 1] && Arch::new().dispatch(SumIsNan(band.as_flattened()));
        return reduce(band, width, (pool, has_nan), |best| best);
    }
    match then.rectifier {
        None if pool == [1, 1] => band.len(),
        Some(rectifier) if !rectifier.is_increasing() => {
            rectify_and_pool(band, width, then.rectifier, NO_POOL, channel, |x| x);
            reduce(band, width, (pool, has_nan), |best| best)
        }
        rectifier => rectify_and_pool(band, width, rectifier, (pool, has_nan), channel, |x| x),
    }
}

/// The rows and columns of a pooling, and whether there may be NaN in what it takes.
type Pool = ([usize; 2], bool);

const NO_POOL: Pool = ([1, 1], false);

/// Reduces the band by the pooling, then `first`, then the rectifier.
#[inline(always)]
fn rectify_and_pool<T: Scalar>(
    band: &mut [[T; PANEL]],
    width: usize,
    rectifier: Option<Rectifier<'_, T>>,
    pool: Pool,
    channel: usize,
    first: impl Fn([T; PANEL]) -> [T; PANEL],
) -> usize {
    match rectifier {
        None => reduce(band, width, pool, first),
        Some(Rectifier::Zero) => reduce(band, width, pool, |best| {
            let mut best = first(best);
            for x in &mut best {
                *x = rectify(*x, *x);
            }
            best
        }),
        Some(Rectifier::Slope(slope)) => {
            let leaky = leaky([slope; PANEL]);
            reduce(band, width, pool, |best| leaky(first(best)))
        }
        Some(Rectifier::Learned(slopes)) => {
            let leaky = leaky(of_panel(slopes, channel));
            reduce(band, width, pool, |best| leaky(first(best)))
        }
    }
}

/// The numbers of the channels from `channel` on, or the one of all channels.
#[inline(always)]
fn of_panel<T: Scalar>(numbers: &[T], channel: usize) -> [T; PANEL] {
    match numbers {
        [number] => [*number; PANEL],
        numbers => {
            let mut of = [T::zero(); PANEL];
            of.copy_from_slice(&numbers[channel..][..PANEL]);
            of
        }
    }
}

/// `slope·x` below zero, filter by filter.
#[inline(always)]
fn leaky<T: Scalar>(slope: [T; PANEL]) -> impl Fn([T; PANEL]) -> [T; PANEL] {
    #[inline(always)]
    move |mut x| {
        for lane in 0..PANEL {
            x[lane] = leak(slope[lane], x[lane], x[lane]);
        }
        x
    }
}

/// Writes the largest of every window, after `then`, to the beginning of the band; a rest that fills no window is left out. Returns how
/// many there are.
#[inline(always)]
fn reduce<T: Scalar>(
    band: &mut [[T; PANEL]],
    width: usize,
    (pool, has_nan): Pool,
    then: impl Fn([T; PANEL]) -> [T; PANEL],
) -> usize {
    // A comparison that lets NaN win takes several instructions, one that ignores it only one.
    if has_nan {
        let done = pool_with_nan(band, width, pool);
        return reduce_by(&mut band[..done], done, [1, 1], then);
    }
    match pool {
        // The usual sizes as constants, so that loops are unrolled.
        [1, 1] => reduce_by(band, width, [1, 1], then),
        [2, 2] => reduce_by(band, width, [2, 2], then),
        _ => reduce_by(band, width, pool, then),
    }
}

/// [`reduce`] of a band without NaN, or without a pooling.
#[inline(always)]
fn reduce_by<T: Scalar>(
    band: &mut [[T; PANEL]],
    width: usize,
    [ph, pw]: [usize; 2],
    then: impl Fn([T; PANEL]) -> [T; PANEL],
) -> usize {
    let larger = |a: T, b: T| if a > b { a } else { b };
    pool_by(band, width, [ph, pw], larger, then)
}

/// [`reduce`] of a band that has NaN, which is larger than any number.
#[cold]
#[inline(never)]
fn pool_with_nan<T: Scalar>(band: &mut [[T; PANEL]], width: usize, pool: [usize; 2]) -> usize {
    pool_by(band, width, pool, |a, b| if beats(a, b) { a } else { b }, |best| best)
}

/// [`reduce`] by a function that chooses of a value and the best before it.
#[inline(always)]
fn pool_by<T: Scalar>(
    band: &mut [[T; PANEL]],
    width: usize,
    [ph, pw]: [usize; 2],
    choose: impl Fn(T, T) -> T,
    then: impl Fn([T; PANEL]) -> [T; PANEL],
) -> usize {
    let (band, columns) = (Cell::from_mut(band).as_slice_of_cells(), width / pw);
    let mut done = 0;
    for lines in band.chunks_exact(ph * width) {
        let to = &band[done..][..columns];
        for (x, to) in to.iter().enumerate() {
            let mut best = lines[x * pw].get();
            for ky in 0..ph {
                for kx in 0..pw {
                    if ky + kx > 0 {
                        let seen = lines[ky * width + x * pw + kx].get();
                        for lane in 0..PANEL {
                            best[lane] = choose(seen[lane], best[lane]);
                        }
                    }
                }
            }
            to.set(then(best));
        }
        done += columns;
    }
    done
}

/// Whether the sum of all numbers is NaN, as it is if one of them is. It may also come from infinities.
struct SumIsNan<'a, T>(&'a [T]);

impl<T: Scalar> WithSimd for SumIsNan<'_, T> {
    type Output = bool;

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // as in the products
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let (vectors, rest) = T::split::<S>(self.0);
        let (fours, more) = vectors.as_chunks::<4>();
        let mut sums = [T::splat(simd, T::zero()); 4];
        for four in fours {
            for s in 0..4 {
                sums[s] = T::plus(simd, sums[s], four[s]);
            }
        }
        for &vector in more {
            sums[0] = T::plus(simd, sums[0], vector);
        }
        let sum = T::plus(simd, T::plus(simd, sums[0], sums[1]), T::plus(simd, sums[2], sums[3]));
        T::total(simd, sum).is_nan() || rest.iter().any(|x| x.is_nan())
    }
}

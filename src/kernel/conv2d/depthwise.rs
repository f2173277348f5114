//! Depthwise convolutions: groups of one channel, each with filters of its own.
//!
//! A matrix product over patches of one channel would be too narrow for its tiles. Instead, each plane is copied once into a
//! [polyphase] image with its padding. There, every tap of the window reads contiguous pixels for a row of outputs: a filter is a
//! weighted sum of `KH·KW` shifted rows. Eight of them are computed together where windows have three or five rows and a stride of 1: then
//! a vector that is loaded is used for a whole column of taps. If rows are not whole vectors, they are computed as one run: rows of outputs
//! are as far apart as rows of the image, with a few outputs between them that are computed and left out:
//!
//! ```text
//! run[oy·width + ox] = b + Σ w[ky, kx] · image[start(ky, kx) + oy·width + ox]
//! ```
//!
//! The gradient of the input is such a sum too, over the gradient of the output with zeros around it and between its rows: one
//! sum for each phase, over the taps that read this phase. The gradient of a weight is the dot product of its run with that of
//! the gradient.
//!
//! [polyphase]: super::polyphase

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::pass::{Columns, Forward, Pass};
use super::polyphase::Polyphase;
use super::taps::{Rows, add_products, weighted_rows, weighted_sum};
use crate::aligned::Aligned;
use crate::kernel::epilogue::Epilogue;
use crate::kernel::gemm::implicit::LANES;
use crate::memory;
use crate::scalar::Scalar;
use crate::shape::{Geometry, MAX_NUMBERS, volume};

/// The layout of a depthwise convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depthwise {
    /// The geometry of one group: one channel.
    group: Geometry,
    image: Polyphase,
}

impl Depthwise {
    /// The layout, if this is the geometry of one of several groups of one channel, and no image has more than [`MAX_NUMBERS`]
    /// values.
    #[inline(always)]
    pub(super) const fn new(group: &Geometry, groups: usize) -> Option<Depthwise> {
        if groups == 1 || group.input.channels != 1 {
            return None;
        }
        let depthwise = Depthwise { group: *group, image: Polyphase::of(group) };
        let is_allowed = depthwise.image_size() <= MAX_NUMBERS && depthwise.gradients_size() <= MAX_NUMBERS;
        if is_allowed { Some(depthwise) } else { None }
    }

    /// Whether the scratch for the columns has room for an image and a run.
    #[inline(always)]
    pub(super) const fn fits(&self) -> bool {
        self.image_size() + self.run() <= volume!(self.group.patch(), self.group.positions())
    }

    /// The values of an image, and those that the last vector of a run may read behind it.
    #[inline(always)]
    const fn image_size(&self) -> usize {
        self.image.size().saturating_add(LANES)
    }

    /// The values of a run, in whole vectors.
    #[inline(always)]
    const fn run(&self) -> usize {
        let output = self.group.output;
        ((output.height - 1) * self.image.plane()[1] + output.width).next_multiple_of(LANES)
    }

    /// The values of a plane of the image, in whole vectors.
    #[inline(always)]
    const fn plane(&self) -> usize {
        let [height, width] = self.image.plane();
        volume!(height, width).saturating_add(LANES - 1) / LANES * LANES
    }

    /// How far back the gradient of a pixel reaches in the gradient of the output.
    #[inline(always)]
    const fn reach(&self) -> usize {
        let window = self.group.window;
        (window.extent(0) - 1) / window.stride[0] * self.image.plane()[1] + (window.extent(1) - 1) / window.stride[1]
    }

    /// The values of the gradient of one filter's output, with zeros before, between and after its rows.
    #[inline(always)]
    const fn gradient_size(&self) -> usize {
        self.reach().saturating_add(self.plane())
    }

    #[inline(always)]
    const fn gradients_size(&self) -> usize {
        volume!(self.group.output.channels, self.gradient_size())
    }

    /// The rows of the window, if a tap reads the row of the image after that of the tap above it; otherwise 0.
    #[inline(always)]
    const fn stacked(&self) -> usize {
        let window = self.group.window;
        if window.stride[0] == 1 && window.dilation[0] == 1 { window.kernel[0] } else { 0 }
    }

    /// The rows of the gradient of an input, if they are whole vectors, and are sums over all taps.
    #[inline(always)]
    const fn rows_of_input(&self) -> Option<Rows> {
        let Geometry { input, output, window } = self.group;
        if window.stride[0] != 1 || window.stride[1] != 1 || !input.width.is_multiple_of(LANES) {
            return None;
        }
        let stacked = if output.channels == 1 { self.stacked() } else { 0 };
        Some(Rows { width: input.width, stride: self.image.plane()[1], stacked })
    }

    /// Computes the outputs, of samples of `x` numbers to outputs of `y`.
    #[inline(always)]
    pub(super) fn forward<T: Scalar>(&self, [x, y]: [usize; 2], of: Forward<'_, T>, columns: Columns<'_, T>) {
        let Forward { mut input, weight, bias, then, output, mut moments } = of;
        let Columns { numbers, starts, .. } = columns;
        let Geometry { input: from, output: to, .. } = self.group;
        let (image, run) = numbers.split_at_mut(self.image_size());
        let (run, width) = (&mut run[..self.run()], self.image.plane()[1]);
        let rows = Rows { width: to.width, stride: width, stacked: self.stacked() };
        self.image.starts(starts);
        image.fill(T::zero());
        for (n, output) in output.chunks_exact_mut(y).enumerate() {
            let input = input.part(n * x..(n + 1) * x);
            let filters = weight.chunks_exact(self.group.patch()).zip(output.chunks_exact_mut(self.group.positions()));
            for (o, (weight, output)) in filters.enumerate() {
                if o % to.channels == 0 {
                    let plane = &input[o / to.channels * from.len()..][..from.len()];
                    self.image.fill_cleared(plane, &mut image[..self.image.size()]);
                }
                let (weight, then) = ((weight, bias.get(o).copied().unwrap_or(T::zero())), (&then, o));
                if to.width.is_multiple_of(LANES) {
                    weighted_rows(image, starts, weight, rows, then, output);
                } else {
                    weighted_sum(image, starts, weight, then, run);
                    for (row, run) in output.chunks_exact_mut(to.width).zip(run.chunks(width)) {
                        row.copy_from_slice(&run[..to.width]);
                    }
                }
            }
            if let Some(moments) = &mut moments {
                moments.add(n * y, output);
            }
        }
    }
}

/// The workspace of the backward pass, for one group of one sample.
pub(super) struct Scratch<T> {
    /// The image of the input, whose padding stays zero, and where each tap reads it.
    image: Aligned<T>,
    starts: Box<[u32]>,
    /// The gradient of each filter's output.
    gradients: Aligned<T>,
    /// The image of the input's gradient.
    grad_image: Aligned<T>,
    /// For one phase after the other, where the taps of all filters that read this phase read `gradients`, which weights these
    /// are, and the weights.
    reads: Box<[u32]>,
    order: Box<[u32]>,
    weight: Aligned<T>,
    /// How many taps there are up to the end of each phase.
    ends: Box<[u32]>,
}

impl<T: Scalar> Scratch<T> {
    /// Allocates the workspace.
    pub(super) fn new(depthwise: Depthwise) -> Self {
        let Depthwise { group, image } = depthwise;
        let mut starts = memory::zeros(group.patch());
        image.starts(&mut starts);
        let [height, width] = image.plane();
        let (filters, phases) = (group.output.channels, group.window.stride[0] * group.window.stride[1]);
        let (mut reads, mut order, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for phase in 0..phases {
            for o in 0..filters {
                // Backwards, so that they are read forwards.
                for (tap, &start) in starts.iter().enumerate().rev() {
                    let start = start as usize;
                    if start / (height * width) == phase {
                        let back = start % (height * width);
                        reads.push((o * depthwise.gradient_size() + depthwise.reach() - back) as u32);
                        order.push((o * starts.len() + tap) as u32);
                    }
                }
            }
            ends.push(reads.len() as u32);
        }
        Scratch {
            image: Aligned::zeros(depthwise.image_size()),
            gradients: Aligned::zeros(depthwise.gradients_size()),
            grad_image: Aligned::zeros(depthwise.image_size()),
            weight: Aligned::zeros(reads.len()),
            starts,
            reads: reads.into(),
            order: order.into(),
            ends: ends.into(),
        }
    }
}

/// The backward pass.
pub(super) struct Backward<'a, T> {
    /// The layout of the scratch, as a compile-time constant.
    pub layout: Depthwise,
    pub scratch: &'a mut Scratch<T>,
}

impl<T: Scalar> Pass<T> for Backward<'_, T> {
    const SAMPLE_BY_SAMPLE: bool = true;

    /// Reorders the weights.
    #[inline(always)]
    fn prepare(&mut self, weight: &[T], _to_input: bool) {
        let Scratch { weight: ordered, order, .. } = &mut *self.scratch;
        for (to, &from) in ordered.iter_mut().zip(&*order) {
            *to = weight[from as usize];
        }
    }

    #[inline(always)]
    fn sample(
        &mut self,
        _weight: &[T],
        input: &[T],
        grad_output: &[T],
        grad_input: Option<&mut [T]>,
        grad_weight: &mut [T],
    ) {
        let (layout, scratch) = (self.layout, &mut *self.scratch);
        let Depthwise { group, image } = layout;
        let ([height, width], reach) = (image.plane(), layout.reach());
        let each = scratch.gradients.chunks_exact_mut(layout.gradient_size());
        for (gradient, dy) in each.zip(grad_output.chunks_exact(group.positions())) {
            for (row, dy) in gradient[reach..].chunks_mut(width).zip(dy.chunks_exact(group.output.width)) {
                row[..dy.len()].copy_from_slice(dy);
            }
        }
        image.fill_cleared(input, &mut scratch.image[..image.size()]);
        let each = scratch.gradients.chunks_exact(layout.gradient_size());
        for (gradient, sums) in each.zip(grad_weight.chunks_exact_mut(group.patch())) {
            add_products(&scratch.image, &scratch.starts, &gradient[reach..][..layout.run()], sums);
        }
        let Some(grad_input) = grad_input else { return };
        if let Some(rows) = layout.rows_of_input() {
            let [top, left] = group.window.before;
            let (gradients, weight) = (&scratch.gradients[top * width + left..], (&*scratch.weight, T::zero()));
            weighted_rows(gradients, &scratch.reads, weight, rows, (&Epilogue::NONE, 0), grad_input);
            return;
        }
        let mut first = 0;
        for (phase, &end) in scratch.ends.iter().enumerate() {
            let taps = first..end as usize;
            first = end as usize;
            // The last vector of a plane may reach into the next, which is written after it.
            let plane = &mut scratch.grad_image[phase * height * width..][..layout.plane()];
            let (reads, weight) = (&scratch.reads[taps.clone()], (&scratch.weight[taps], T::zero()));
            weighted_sum(&scratch.gradients, reads, weight, (&Epilogue::NONE, 0), plane);
        }
        image.take(&scratch.grad_image[..image.size()], grad_input);
    }

    #[inline(always)]
    fn finish(&mut self, _grad_weight: &mut [T]) {}
}

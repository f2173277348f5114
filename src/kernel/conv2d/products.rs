//! Convolutions by matrix products, along the [paths](super::plan::Paths) that the shape of a group allows.
//!
//! Backward, the two halves, [`grad_input`] and [`grad_weight`], take a path each. For each band they share whether the output's
//! gradient is mostly zeros there, and the pattern of its nonzero entries.

use super::by_filter::{ByFilter, fewest_samples};
use super::pass::{Columns, Forward, Pass};
use super::plan::{ForwardPath, GradInput, GradWeight, Paths, band_rows, bands};
use super::shared::{self, Sample};
use super::{grad_input, grad_weight, im2col_gemm};
use crate::aligned::Aligned;
use crate::kernel::gemm::{Write, gemm, im2row, implicit, unpacked};
use crate::kernel::matrix::Matrix;
use crate::kernel::sparse::{Pattern, count};
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};
use crate::team;

/// Computes the outputs along this path, of samples of `x` numbers to outputs of `y`.
#[inline(always)]
pub(super) fn forward<T: Scalar>(
    path: ForwardPath,
    group: &Geometry,
    groups: usize,
    [x, y]: [usize; 2],
    of: Forward<'_, T>,
    mut columns: Columns<'_, T>,
) {
    let Forward { mut input, weight, bias, then, output, mut moments } = of;
    let (filters, patch) = (group.output.channels, group.patch());
    let path = match (then.pool, ByFilter::new(group)) {
        (None, _) => path,
        (Some([rows, _]), Some(layout)) if rows <= layout.most_rows(group) => ForwardPath::ByFilter(layout),
        (Some(_), _) => unreachable!("no pooling is computed with this convolution"),
    };
    let mut share = match shared::filters_together(path, group) {
        Some(together) if groups == 1 && input.len() == x => team::share(filters / together),
        _ => None,
    };
    let is_few = share.is_none() && then.pool.is_none() && input.len() / x < fewest_samples(group, false);
    match path {
        ForwardPath::Implicit(polyphase) => {
            polyphase.starts(columns.starts);
            polyphase.clear(columns.numbers);
        }
        ForwardPath::ByFilter(layout) if !is_few => {
            layout.prepare(columns.starts, columns.numbers);
            if share.is_none() {
                im2row::pack(Matrix::new(weight, groups * filters, patch), columns.panels);
            }
        }
        ForwardPath::ByFilter(_) | ForwardPath::Im2col => {}
    }
    for (n, output) in output.chunks_exact_mut(y).enumerate() {
        let input = input.part(n * x..(n + 1) * x);
        let each = input.chunks_exact(x / groups).zip(output.chunks_exact_mut(y / groups));
        for (g, (input, output)) in each.enumerate() {
            let Columns { numbers, starts, panels } = columns.reborrow();
            let weights = g * filters * patch..(g + 1) * filters * patch;
            let bias = if bias.is_empty() { bias } else { &bias[g * filters..][..filters] };
            let write = if bias.is_empty() { Write::Overwrite } else { Write::Bias(bias) };
            let (image, room) = match path {
                ForwardPath::Implicit(polyphase) => {
                    let (image, room) = numbers.split_at_mut(polyphase.size());
                    (polyphase.of_input(input, image), room)
                }
                ForwardPath::ByFilter(layout) if !is_few => layout.of_input(input, numbers),
                ForwardPath::ByFilter(_) | ForwardPath::Im2col => (input, numbers),
            };
            if let Some(share) = share.take() {
                let sample = Sample { path, group, image, room, starts, panels };
                return sample.share(share, (weight, bias), then, output);
            }
            let (weight, then) = (&weight[weights.clone()], then.skip(g * filters));
            match path {
                ForwardPath::Implicit(polyphase) => {
                    let (weight, patches) = (Matrix::new(weight, filters, patch), polyphase.patches(image, starts));
                    implicit::gemm_then(weight, patches, write, &then, output, group.positions());
                }
                // The scratch has room for the patches. The same bits: both products add in the same order, and `matrixmultiply` does not.
                ForwardPath::ByFilter(_) if is_few => {
                    im2col_gemm::conv2d(group, image, weight, write, room, output, unpacked::gemm);
                }
                ForwardPath::ByFilter(layout) => {
                    layout.forward(group, filters, (image, &panels[weights], write), then, output, (room, starts));
                }
                ForwardPath::Im2col => im2col_gemm::conv2d(group, image, weight, write, room, output, gemm),
            }
        }
        if matches!(path, ForwardPath::Im2col) || is_few && matches!(path, ForwardPath::ByFilter(_)) {
            then.apply(groups * filters, output);
        }
        if let Some(moments) = &mut moments {
            moments.add(n * y, output);
        }
    }
}

/// The workspace of the backward pass, for one group of one sample.
pub(super) struct Scratch<T> {
    to_input: grad_input::Scratch<T>,
    to_weight: grad_weight::Scratch<T>,
    /// The patches of a band, or their gradients.
    patches: Aligned<T>,
    /// Where the output's gradient in a band is not zero, if most of it is.
    by_filter: Pattern,
}

impl<T: Scalar> Scratch<T> {
    /// Allocates the workspace.
    pub(super) fn new(group: &Geometry, paths: Paths) -> Self {
        let (filters, positions) = (group.output.channels, band_rows::<T>(group) * group.output.width);
        Scratch {
            to_input: grad_input::Scratch::new(group, paths.grad_input, positions),
            to_weight: grad_weight::Scratch::new(group, paths.grad_weight),
            patches: Aligned::zeros(volume!(group.patch(), positions)),
            by_filter: Pattern::with_capacity(filters, filters * positions),
        }
    }
}

/// The backward pass along these paths.
pub(super) struct Backward<'a, T> {
    /// The address that the [backward pass](super::backward) was given.
    pub group: &'a Geometry,
    pub paths: Paths,
    pub scratch: &'a mut Scratch<T>,
}

impl<T: Scalar> Pass<T> for Backward<'_, T> {
    #[inline(always)]
    fn prepare(&mut self, weight: &[T], to_input: bool) {
        if to_input {
            self.scratch.to_input.prepare(self.group, self.paths.grad_input, weight);
        }
        self.scratch.to_weight.prepare();
    }

    #[inline(always)]
    fn sample(
        &mut self,
        weight: &[T],
        input: &[T],
        grad_output: &[T],
        mut grad_input: Option<&mut [T]>,
        grad_weight: &mut [T],
    ) {
        let Backward { group, paths, scratch: Scratch { to_input, to_weight, patches, by_filter } } = self;
        to_weight.sample(group, paths.grad_weight, input, grad_output, patches, grad_weight);
        if let Some(grad_input) = &mut grad_input {
            to_input.sample(group, paths.grad_input, weight, grad_output, patches, grad_input);
        }
        let weight_by_band = matches!(paths.grad_weight, GradWeight::Implicit | GradWeight::Im2row);
        let input_by_band = grad_input.is_some() && matches!(paths.grad_input, GradInput::Row2im);
        if weight_by_band || input_by_band {
            let (filters, width) = (group.output.channels, group.output.width);
            for band in bands::<T>(group) {
                let positions = band.len() * width;
                let patches = &mut patches[..group.patch() * positions];
                let dy = Matrix::strided(&grad_output[band.start * width..], filters, positions, group.positions());
                let is_sparse = 2 * count(dy) <= filters * positions;
                if is_sparse {
                    by_filter.find(dy);
                }
                let by_filter = is_sparse.then_some(&*by_filter);
                if weight_by_band {
                    to_weight.band(group, paths.grad_weight, band.clone(), dy, by_filter, patches);
                }
                if input_by_band {
                    to_input.band(group, band, dy, by_filter, patches);
                }
            }
        }
        if let (true, Some(grad_input)) = (input_by_band, grad_input) {
            to_input.finish(group, grad_input);
        }
    }

    #[inline(always)]
    fn finish(&mut self, grad_weight: &mut [T]) {
        self.scratch.to_weight.finish(self.group, self.paths.grad_weight, grad_weight);
    }
}

//! Convolutions and poolings of any geometry, with slices of the lengths that its sizes give in wrapping arithmetic.

use proptest::prelude::*;
use shapeproof::kernel::avg_pool2d::{avg_pool2d, avg_pool2d_grad_input};
use shapeproof::kernel::conv2d::padded::Padded;
use shapeproof::kernel::conv2d::polyphase::Polyphase;
use shapeproof::kernel::conv2d::{Backward, BackwardScratch, Columns, Forward, Plan, conv2d, conv2d_backward};
use shapeproof::kernel::im2col::{add_col2im, add_row2im, im2col, im2row};
use shapeproof::kernel::naive;
use shapeproof::kernel::pool2d::{max_pool2d, max_pool2d_grad_input};
use shapeproof::shape::{Dims, Geometry, MAX_NUMBERS, Window, inference};

use crate::values::{Guarded, are_words, config, integers, outcome, size};

/// Any geometry; most often one whose output follows from its input.
fn geometry() -> impl Strategy<Value = Geometry> {
    let dims = || prop::array::uniform3(size()).prop_map(|[c, h, w]| Dims::new(c, h, w));
    let pair = || prop::array::uniform2(size());
    let small = || prop::array::uniform2(1_usize..4);
    let kernel = prop_oneof![3 => small(), 1 => pair()];
    let stride = prop_oneof![3 => small(), 1 => pair()];
    let padding = || prop_oneof![3 => prop::array::uniform2(0_usize..3), 1 => pair()];
    let dilation = prop_oneof![3 => Just([1, 1]), 2 => small(), 1 => pair()];
    let window = (kernel, stride, padding(), padding(), any::<bool>(), dilation, any::<bool>());
    let window = window.prop_map(|(kernel, stride, before, after, differ, dilation, ceil)| Window {
        after: if differ { after } else { before },
        dilation,
        ceil,
        ..Window::new(kernel, stride, before)
    });
    (dims(), dims(), window, 0..4).prop_map(|(input, output, window, follows)| {
        let [height, width] = if follows > 0 {
            // The output in wrapping arithmetic, as a buggy computation would give it.
            [(0, input.height), (1, input.width)].map(|(axis, size)| {
                let Window { kernel, stride, before, after, dilation, ceil } = window;
                let extent = kernel[axis].wrapping_sub(1).wrapping_mul(dilation[axis]).wrapping_add(1);
                let room = size.wrapping_add(before[axis]).wrapping_add(after[axis]).wrapping_sub(extent);
                let room = if ceil { room.wrapping_add(stride[axis].wrapping_sub(1)) } else { room };
                let others = room / stride[axis].max(1);
                let beyond = ceil && others.wrapping_mul(stride[axis]) >= size.wrapping_add(before[axis]);
                if beyond { others } else { others.wrapping_add(1) }
            })
        } else {
            [output.height, output.width]
        };
        let channels = if follows > 1 { output.channels } else { input.channels };
        Geometry { input, output: Dims::new(channels, height, width), window }
    })
}

/// The product of the sizes in wrapping arithmetic, and whether it is exact and small enough to be tried.
fn wrapping(sizes: &[usize]) -> (usize, bool) {
    const MOST: usize = 5_000;
    let wrapped = sizes.iter().fold(1, |all: usize, &size| all.wrapping_mul(size));
    let is_true = sizes.iter().try_fold(1_usize, |all, &size| all.checked_mul(size)) == Some(wrapped);
    if wrapped <= MOST { (wrapped, is_true) } else { (7, false) }
}

/// The lengths of all slices, and the kernels for which a geometry in `groups` groups and these are valid.
struct Lengths {
    input: usize,
    output: usize,
    patch: usize,
    columns: usize,
    weight: usize,
    filters: usize,
    convolves: bool,
    has_patches: bool,
    pools: bool,
}

impl Lengths {
    fn of(geometry: &Geometry, groups: usize) -> Lengths {
        let Geometry { input, output, window: Window { kernel: [kh, kw], .. } } = *geometry;
        let [(input, is_input), (output, is_output), (patch, _), (columns, is_columns), (weight, is_weight)] = [
            wrapping(&[input.channels, input.height, input.width]),
            wrapping(&[output.channels, output.height, output.width]),
            wrapping(&[input.channels / groups, kh, kw]),
            wrapping(&[input.channels / groups, kh, kw, output.height, output.width]),
            wrapping(&[output.channels, input.channels / groups, kh, kw]),
        ];
        let Geometry { input: from, output: to, window } = *geometry;
        let follows =
            |groups| inference::conv2d("Conv2D", from, to.channels, groups, window).is_ok_and(|ruled| ruled == to);
        let fits = if window.ceil { geometry.is_sound() } else { follows(1) };
        let has_patches = fits && is_input && is_columns;
        Lengths {
            input,
            output,
            patch,
            columns,
            weight,
            filters: wrapping(&[to.channels]).0,
            convolves: follows(groups) && !window.ceil && is_input && is_columns && is_output && is_weight,
            has_patches,
            pools: fits && is_input && is_output && from.channels == to.channels,
        }
    }
}

/// A geometry that is mostly padding is valid, but takes too long to try.
fn is_small(geometry: &Geometry) -> bool {
    geometry.window.padded(geometry.input).len() < 20_000
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn convolutions_are_right_or_refused(g in geometry(), groups in 1_usize..4, wrong in 0_usize..20) {
        let len = Lengths::of(&g, groups);
        prop_assume!(!len.convolves || is_small(&g));
        // Sometimes one slice is too long by one.
        let other = |which: usize| usize::from(wrong == which);
        let (input, weight) = (integers(len.input + other(1), 1), integers(len.weight + other(2), 2));
        let (bias, grad) = (integers(len.filters + other(3), 3), integers(len.output + other(4), 4));
        let (mut numbers, mut starts) = (vec![0.0; len.columns + other(5)], vec![0; len.patch + other(6)]);
        let mut panels = vec![0.0; len.weight + other(10)];

        let way = |y: &mut [f32]| {
            let columns = Columns { numbers: &mut numbers, starts: &mut starts, panels: &mut panels };
            let of = Forward::new(&*input, &weight, &bias, y);
            conv2d(&g.group(groups), groups, of, columns);
        };
        let legal = len.convolves && ![1, 2, 3, 4, 5, 6, 10].contains(&wrong);
        let naive = |y: &mut [f32]| naive::conv2d(&g, groups, &input, &weight, &bias, y);
        Guarded::new(len.output + other(4)).judge(way, legal, false, naive)?;

        if !g.is_sound() {
            let scratch = outcome(|| _ = BackwardScratch::<f32>::new(&g.group(groups), groups));
            for words in [scratch, outcome(|| _ = Padded::new(&g)), outcome(|| _ = Plan::backward::<f32>(&g.group(groups), groups))] {
                let words = words.expect_err("a geometry that leads nowhere");
                prop_assert!(are_words(&words), "{}", words);
            }
        } else if is_small(&g) && len.convolves {
            let mut scratch = BackwardScratch::new(&g.group(groups), groups);
            let (mut grad_weight, mut grad_bias) = (Guarded::new(len.weight + other(7)), vec![0.0; len.filters + other(8)]);
            let mut grad_input = Guarded::new(len.input + other(9));
            let found = outcome(|| {
                let (grad_input, grad_weight) = (Some(grad_input.numbers()), grad_weight.numbers());
                let of = Backward { input: (&*input).into(), weight: &weight, grad_output: (&*grad).into(), grad_input, grad_weight, grad_bias: &mut grad_bias };
                conv2d_backward(&g.group(groups), groups, of, &mut scratch);
            });
            let legal = ![1, 2, 4, 7, 8, 9].contains(&wrong);
            prop_assert_eq!(found.is_ok(), legal, "{:?}", found);
            if let Err(words) = found {
                prop_assert!(are_words(&words), "{}", words);
                grad_input.check(true)?;
                grad_weight.check(true)?;
            } else {
                let mut expected = vec![f32::NAN; len.input];
                naive::conv2d_grad_input(&g, groups, &weight, &grad, &mut expected);
                prop_assert_eq!(grad_input.numbers(), expected);
            }
        }
    }

    #[test]
    fn patches_are_right_or_refused(g in geometry(), wrong in 0_usize..10) {
        let len = Lengths::of(&g, 1);
        prop_assume!(!len.has_patches || is_small(&g));
        let legal = len.has_patches && ![1, 2].contains(&wrong);
        let image = integers(len.input + usize::from(wrong == 1), 1);
        let patches = integers(len.columns + usize::from(wrong == 2), 2);
        let band = 0..g.output.height;

        let way = |columns: &mut [f32]| im2col(&g, band.clone(), &image, columns);
        Guarded::new(patches.len()).judge(way, legal, true, |columns| naive::im2col(&g, &image, columns))?;
        let way = |image: &mut [f32]| add_col2im(&g, band.clone(), &patches, image);
        Guarded::new(image.len()).judge(way, legal, true, |image| naive::add_col2im(&g, &patches, image))?;
        // These compute the same in another order, which another test covers.
        let way = |rows: &mut [f32]| im2row(&g, band.clone(), &image, rows);
        Guarded::new(patches.len()).judge(way, legal, true, way)?;
        let way = |image: &mut [f32]| add_row2im(&g, band.clone(), &patches, image);
        Guarded::new(image.len()).judge(way, legal, true, way)?;

        if let Some(polyphase) = Polyphase::new(&g) {
            prop_assert!(polyphase.size() <= MAX_NUMBERS);
            let room = polyphase.size().min(20_000);
            let way = |numbers: &mut [f32]| polyphase.fill(&image, numbers);
            Guarded::new(room).judge(way, image.len() == g.input.len() && room == polyphase.size(), false, way)?;
        }
    }

    #[test]
    fn poolings_are_right_or_refused(g in geometry(), count in any::<bool>(), wrong in 0_usize..10) {
        let len = Lengths::of(&g, 1);
        prop_assume!(!len.pools || is_small(&g));
        let is_pooling = len.pools && ![1, 2].contains(&wrong);
        let sees = is_pooling && g.sees_pixels();
        let (input, gradient) =
            (integers(len.input + usize::from(wrong == 1), 1), integers(len.output + usize::from(wrong == 2), 2));

        let way = |y: &mut [f32]| avg_pool2d(&g, count, &input, y);
        Guarded::new(gradient.len()).judge(way, sees, false, |y| naive::avg_pool2d(&g, count, &input, y))?;
        // This computes the same in another order, which another test covers.
        let way = |dx: &mut [f32]| avg_pool2d_grad_input(&g, count, &gradient, dx);
        Guarded::new(input.len()).judge(way, sees, false, way)?;

        let mut argmax = vec![0; gradient.len()];
        let way = |y: &mut [f32]| max_pool2d(&g, &input, y, Some(&mut argmax));
        let naive = |y: &mut [f32]| naive::max_pool2d(&g, &input, y, &mut vec![0; gradient.len()]);
        Guarded::new(gradient.len()).judge(way, sees, false, naive)?;
        let way = |dx: &mut [f32]| max_pool2d_grad_input(&g, &argmax, &gradient, dx);
        if !is_pooling || sees {
            Guarded::new(input.len())
                .judge(way, is_pooling, false, |dx| naive::max_pool2d_grad_input(&g, &argmax, &gradient, dx))?;
        }
    }
}

//! Dropout: sets random numbers to zero, only while training.

use alloc::boxed::Box;
use core::marker::PhantomData;

use bytemuck::Zeroable;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::{Layer, Operation, RngKey, ShapeError, Tape};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::{Tensor, zeros};

/// Sets random numbers to zero while training, against overfitting; in inference it changes nothing.
///
/// While training, every number is set to zero with probability `p = PERCENT / 100`, and the others are scaled up to keep the
/// expected value (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, in the "inverted" form, which scales while
/// training rather than in inference):
///
/// ```text
/// training:   y = m·x    m = 1 / (1 − p)  where kept,  otherwise 0        [N, C, H, W] → [N, C, H, W]
/// inference:  y = x
/// ```
///
/// Which numbers of a sample are kept depends on the [`RngKey`] given to the tape and on the sample's position in the mini-batch,
/// not on how the mini-batch is split into shards. A tape without a key always drops the same numbers.
///
/// In [`network!`](crate::network!): `Dropout(percent = 50)`, with the default shown. The percentage is that of the numbers
/// dropped. There are no parameters.
///
/// Dropping everything is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [8, 12, 12] => Dropout(percent = 100) }
/// ```
#[derive(Zeroable)]
pub struct Dropout<const C: usize = 0, const H: usize = 0, const W: usize = 0, const PERCENT: usize = 50, T = f32>(
    PhantomData<T>,
);

hyper_parameters! {
    Dropout(percent: usize = 50) => Dropout<C, H, W, percent, T>,
    output = inference::dropout(input, percent),
    examples = {
        "dropout 30 %": [3, 2, 4] => (percent = 30),
    },
}

/// The tape of a dropout: the key of the coming masks, and the masks of all samples, which the forward pass draws.
///
/// Drawing them again in the backward pass would save one byte per number, but a random number costs many times the reading of a
/// byte, and a key set between the two passes would make their masks differ.
pub struct DropoutTape<const C: usize, const H: usize, const W: usize> {
    key: RngKey,
    kept: Box<[Tensor<C, H, W, bool>]>,
}

impl<const C: usize, const H: usize, const W: usize> Tape for DropoutTape<C, H, W> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.key = key;
    }
}

impl<const C: usize, const H: usize, const W: usize, const PERCENT: usize, T: Scalar> Dropout<C, H, W, PERCENT, T> {
    /// What kept numbers are multiplied by.
    pub const SCALE: f64 = 100.0 / (100.0 - PERCENT as f64);

    /// A number is dropped if 32 random bits are below this threshold.
    const THRESHOLD: u32 = ((PERCENT as u64) << 32).div_ceil(100) as u32;

    /// Draws which numbers of a sample are kept.
    fn draw(seed: u64, kept: &mut [bool]) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        for pair in kept.chunks_mut(2) {
            let bits = random.next_u64();
            for (kept, bits) in pair.iter_mut().zip([bits as u32, (bits >> 32) as u32]) {
                *kept = bits >= Self::THRESHOLD;
            }
        }
    }

    /// `to = m·from`, where the factor `m` is `SCALE` for kept numbers, otherwise 0.
    fn apply(kept: &[bool], from: &[T], to: &mut [T]) {
        let scale = T::from_f64(Self::SCALE);
        for ((&from, to), &kept) in from.iter().zip(to).zip(kept) {
            // A product instead of a branch: the loop is vectorized, and five times as fast.
            *to = from * if kept { scale } else { T::zero() };
        }
    }
}

impl<const C: usize, const H: usize, const W: usize, const PERCENT: usize, T: Scalar> Layer
    for Dropout<C, H, W, PERCENT, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = DropoutTape<C, H, W>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Dropout";
    const OPERATION: Operation = Operation::Unchanged;
    const SETTINGS: ConstString = ConstString::new().number(PERCENT).str(" %");
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(inference::dropout(Dims::new(C, H, W), PERCENT));

    fn tape(samples: usize) -> Self::Tape {
        DropoutTape { key: RngKey::default(), kept: zeros(samples) }
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        output.copy_from_slice(input);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        for (n, ((x, y), kept)) in input.iter().zip(output).zip(&mut tape.kept).enumerate() {
            Self::draw(tape.key.seed(n), kept.as_mut_slice());
            Self::apply(kept.as_slice(), x.as_slice(), y.as_mut_slice());
        }
    }

    /// From `y = m·x`: `∂L/∂x = m·∂L/∂y`.
    fn backward(
        &self,
        _input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        for (dx, (dy, kept)) in grad_input.into_iter().flatten().zip(grad_output.iter().zip(&tape.kept)) {
            Self::apply(kept.as_slice(), dy.as_slice(), dx.as_mut_slice());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;
    use alloc::vec::Vec;

    type Image = Tensor<3, 5, 7, f64>;
    type Drop20 = Dropout<3, 5, 7, 20, f64>;

    /// The output of a shard of `samples` samples of ones under `key`.
    fn dropped(key: RngKey, samples: usize) -> Vec<Image> {
        let (mut y, mut tape) = (zeros::<Image>(samples), Drop20::tape(samples));
        tape.set_rng_key(key);
        Drop20::zeros().forward(&alloc::vec![Tensor([[[1.0; 7]; 5]; 3]); samples], &mut y, &mut tape);
        y.into_vec()
    }

    #[test]
    fn numbers_are_dropped_or_enlarged() {
        let samples = 200;
        let numbers = dropped(RngKey::new(1, 2, 0), samples);
        let numbers: Vec<f64> = numbers.iter().flat_map(|y| y.as_slice()).copied().collect();
        assert!(numbers.iter().all(|&y| y == 0.0 || y == 1.25));
        // 21,000 numbers: four standard deviations are 4·√(0.8·0.2/21000) = 0.011.
        let kept = numbers.iter().filter(|&&y| y > 0.0).count() as f64 / numbers.len() as f64;
        assert!((kept - 0.8).abs() < 0.011, "{kept} of the numbers are kept");
    }

    #[test]
    fn every_position_has_its_own_chance() {
        let samples = dropped(RngKey::new(1, 2, 0), 200);
        for i in 0..Image::DIMS.len() {
            // Six standard deviations are 6·√(0.8·0.2·200) = 34.
            let kept = samples.iter().filter(|y| y.as_slice()[i] > 0.0).count();
            assert!((160 - 34..160 + 34).contains(&kept), "number {i} is kept in {kept} of 200 samples");
        }
    }

    #[test]
    fn a_split_changes_nothing() {
        let whole = dropped(RngKey::new(7, 3, 0), 5);
        let split = [dropped(RngKey::new(7, 3, 0), 2), dropped(RngKey::new(7, 3, 2), 3)];
        assert_eq!(whole, split.concat());
    }

    #[test]
    fn seed_step_layer_and_sample_change_everything() {
        let key = RngKey::new(7, 3, 0);
        let masks = [
            dropped(key, 2),
            dropped(RngKey::new(8, 3, 0), 2),
            dropped(RngKey::new(7, 4, 0), 2),
            dropped(key.skip(1), 2),
            dropped(key.skip(2), 2),
        ]
        .concat();
        for (i, a) in masks.iter().enumerate() {
            for b in &masks[..i] {
                let equal = a.as_slice().iter().zip(b.as_slice()).filter(|(a, b)| a == b).count();
                // Of 105 numbers, 0.8² + 0.2² = 0.68 agree by chance: 71 ± 6·4.8.
                assert!((43..100).contains(&equal), "{equal} of 105 numbers of two masks agree");
            }
        }
    }

    #[test]
    fn the_gradient_passes_where_the_number_did() {
        let (x, mut tape) = ([Tensor([[[2.0; 7]; 5]; 3])], Drop20::tape(1));
        let (mut y, mut dx) = ([Tensor([[[f64::NAN; 7]; 5]; 3])], [Tensor([[[f64::NAN; 7]; 5]; 3])]);
        tape.set_rng_key(RngKey::new(1, 1, 0));
        Drop20::zeros().forward(&x, &mut y, &mut tape);
        Drop20::zeros().backward(&x, &mut tape, &x, Some(&mut dx), &mut Drop20::zeros());
        assert_eq!(y, dx);
        assert!(y[0].as_slice().contains(&0.0) && y[0].as_slice().contains(&2.5));
        Drop20::zeros().infer::<1>(&x, &mut y, &mut ());
        assert_eq!(y, x);
    }

    #[test]
    fn nothing_and_all_but_nothing_can_be_dropped() {
        assert_eq!((Dropout::<1, 2, 3, 0>::THRESHOLD, Dropout::<1, 2, 3, 0>::SCALE), (0, 1.0));
        assert_eq!((Dropout::<1, 2, 3>::THRESHOLD, Dropout::<1, 2, 3>::SCALE), (1 << 31, 2.0));
        assert!(Dropout::<1, 2, 3, 99>::SHAPE_ERROR.is_none());
        assert_eq!(
            Dropout::<1, 2, 3, 100>::SHAPE_ERROR.unwrap().text.as_str(),
            "Dropout drops 100 percent; it must be below 100"
        );
        assert_eq!(Drop20::SETTINGS.as_str(), "20 %");
    }
}

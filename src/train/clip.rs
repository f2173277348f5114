//! Gradient clipping: by value, or by the norm of the whole gradient.

use core::fmt;

use num_traits::Float;

use super::Threads;
use crate::layer::Module;
use crate::optim::ParallelFor;
use crate::scalar::Scalar;
use crate::simd::widest;
use crate::{Error, Result};

/// How a gradient is clipped before each step: by the setting [`clip`](super::Settings::clip).
///
/// ```text
/// Clip::Value(c):   g ← clamp(g, −c, c)
/// Clip::Norm(c):    g ← g·min(1, c / (‖gradient‖ + 10⁻⁶))
/// ```
///
/// (By value: Mikolov 2012, *Statistical language models based on neural networks*, section 3.3; by norm: Pascanu, Mikolov and
/// Bengio 2013, *On the difficulty of training recurrent neural networks*, algorithm 1.) The gradient is that of the mean loss over
/// the mini-batch, and its norm is over all trained parameters together, without running statistics: results agree with those of
/// PyTorch's `clip_grad_value_` and `clip_grad_norm_`.
///
/// The squares are added in `f64`, in an order that depends on the network alone, so that the bits are the same on any number of
/// threads. NaN stays NaN, so that a divergence is detected. An infinite number becomes `±c` by value, as in PyTorch, and NaN by norm.
///
/// ```
/// use shapeproof::train::{Clip, Settings};
///
/// let settings = Settings { clip: Some(Clip::Norm(1.0)), ..Settings::default() };
/// ```
#[doc(alias = "clip_grad_norm_")]
#[doc(alias = "clip_grad_value_")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// Every number of the gradient is at most this large.
    Value(f64),
    /// The norm of the gradient is at most this large.
    Norm(f64),
}

impl Clip {
    /// Refuses a limit that cannot work.
    pub(super) fn checked(self) -> Result<Clip> {
        let (Clip::Value(most) | Clip::Norm(most)) = self;
        if most.is_finite() && most > 0.0 {
            return Ok(self);
        }
        Err(Error::Setting { setting: "clip", found: alloc::format!("{self}"), expected: "a number above 0".into() })
    }

    /// Clips a gradient.
    pub(super) fn apply<N: Module>(self, threads: &Threads, gradient: &mut N) {
        match self {
            Clip::Value(most) => {
                let most = N::Scalar::from_f64(most);
                change(threads, gradient, &|gradient| clamp(gradient, most));
            }
            Clip::Norm(most) => {
                // A norm that is NaN is not above anything.
                let factor = most / (norm(gradient) + 1e-6);
                if factor < 1.0 {
                    scale(threads, gradient, factor);
                }
            }
        }
    }
}

/// `norm 1`
impl fmt::Display for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clip::Value(most) => write!(f, "value {most}"),
            Clip::Norm(most) => write!(f, "norm {most}"),
        }
    }
}

/// The norm of a gradient, over all trained parameters together: `√Σ g²`.
pub(super) fn norm<N: Module>(gradient: &N) -> f64 {
    let mut sum = 0.0;
    N::visit([gradient], [], &mut |parameter, [gradient], []| {
        if parameter.role.is_trained() {
            sum += sum_of_squares(gradient);
        }
    });
    Float::sqrt(sum)
}

/// Multiplies a gradient by `factor`, without its statistics.
pub(super) fn scale<N: Module>(threads: &Threads, gradient: &mut N, factor: f64) {
    let factor = N::Scalar::from_f64(factor);
    change(threads, gradient, &|gradient| multiply(gradient, factor));
}

/// The sum of the squares, in `f64`: eight partial sums, so that no addition waits for the one before it.
fn sum_of_squares<T: Scalar>(numbers: &[T]) -> f64 {
    widest!({
        let (chunks, rest) = numbers.as_chunks::<8>();
        let mut sums = [0.0; 8];
        for chunk in chunks {
            for (sum, number) in sums.iter_mut().zip(chunk) {
                *sum += number.into_f64() * number.into_f64();
            }
        }
        for (sum, number) in sums.iter_mut().zip(rest) {
            *sum += number.into_f64() * number.into_f64();
        }
        sums.iter().sum()
    })
}

/// Changes a gradient, without its statistics.
fn change<N: Module>(threads: &Threads, gradient: &mut N, to: &(dyn Fn(&mut [N::Scalar]) + Sync)) {
    N::visit([], [gradient], &mut |parameter, [], write| {
        if parameter.role.is_trained() {
            threads.walk([], write, &|[], [gradient]| to(gradient));
        }
    });
}

fn multiply<T: Scalar>(numbers: &mut [T], factor: T) {
    widest!({
        for number in numbers.iter_mut() {
            *number *= factor;
        }
    });
}

/// Limits every number to −`most` … `most`. A NaN is neither above nor below.
fn clamp<T: Scalar>(numbers: &mut [T], most: T) {
    widest!({
        for number in numbers.iter_mut() {
            *number = if *number > most {
                most
            } else if *number < -most {
                -most
            } else {
                *number
            };
        }
    });
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::layer::Dense;
    use crate::network::Network;

    /// The gradient [3, −4, 12] of two weights and a bias, clipped.
    fn clipped(clip: Clip, gradient: [f64; 3]) -> [f64; 3] {
        let threads = Threads::new(Some(1)).unwrap_or_else(|error| panic!("{error}"));
        let mut layer = Dense::<2, 1, f64>::zeros();
        let [a, b, bias] = gradient;
        (layer.weight, layer.bias) = ([[a, b]], [bias]);
        clip.apply(&threads, &mut *layer);
        [layer.weight[0][0], layer.weight[0][1], layer.bias[0]]
    }

    #[test]
    fn by_hand() {
        let gradient = [3.0, -4.0, 12.0];
        assert_eq!(clipped(Clip::Value(3.5), gradient), [3.0, -3.5, 3.5]);
        assert_eq!(clipped(Clip::Norm(13.0), gradient).map(|g| (g * 1e5).round() / 1e5), gradient);
        assert_eq!(clipped(Clip::Norm(14.0), gradient), gradient);
        let half = 6.5 / (13.0 + 1e-6);
        assert_eq!(clipped(Clip::Norm(6.5), gradient), gradient.map(|g| g * half));
    }

    #[test]
    fn what_is_not_finite_is_limited_by_value_and_nan_by_norm() {
        for clip in [Clip::Value(1.0), Clip::Norm(1.0)] {
            let found = clipped(clip, [0.5, f64::NAN, 2.0]);
            assert!(found[1].is_nan(), "{clip}: {found:?}");
        }
        let found = clipped(Clip::Norm(1.0), [0.5, f64::INFINITY, 2.0]);
        assert!(found[1].is_nan(), "{found:?}");
        assert_eq!(clipped(Clip::Value(1.0), [0.5, f64::INFINITY, -f64::INFINITY]), [0.5, 1.0, -1.0]);
    }

    #[test]
    fn sums_are_whole_whatever_their_length() {
        for len in 0..40usize {
            let numbers: alloc::vec::Vec<f32> = (0..len).map(|i| i as f32 - 9.0).collect();
            let expected: f32 = numbers.iter().map(|number| number * number).sum();
            assert_eq!(sum_of_squares(&numbers), f64::from(expected), "{len} numbers");
        }
    }

    #[test]
    fn a_limit_that_cannot_work_is_refused() {
        let says = |clip: Clip| clip.checked().map_err(|error| error.to_string());
        assert_eq!(says(Clip::Value(0.5)), Ok(Clip::Value(0.5)));
        assert_eq!(says(Clip::Norm(0.0)), Err("clip: found norm 0, expected a number above 0".into()));
        assert_eq!(says(Clip::Value(-1.0)), Err("clip: found value -1, expected a number above 0".into()));
        assert!(says(Clip::Norm(f64::NAN)).is_err() && says(Clip::Norm(f64::INFINITY)).is_err());
    }
}

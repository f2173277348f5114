//! Muon: momentum whose matrix is made orthogonal before the step, `p ← p − lr·orthogonal(v)`; AdamW for what is no matrix.

use core::fmt;

use num_traits::Float;

use super::{AdamW, Optimizer, Specimen, Update, WeightDecay, demand_eps, demand_rates, demand_share};
use crate::Result;
use crate::kernel::gemm::{Write, gemm, nt::add_gemm_nt};
use crate::kernel::matrix::Matrix;
use crate::layer::{Parameter, Role};
use crate::scalar::Scalar;
use crate::simd::widest;

/// Momentum, orthogonalized by Newton and Schulz's iteration: for weights that are matrices or filters. All other parameters are
/// updated by an [`AdamW`] of their own.
///
/// ```text
/// v ← μ·v + (1 − μ)·∂L/∂p           v = 0 at the start
/// u = μ·v + (1 − μ)·∂L/∂p           with Nesterov's momentum; without, u = v
/// X = u / max(‖u‖, eps)             a matrix, with a row for each index of the weight's first dimension
/// X ← a·X + b·XXᵀX + c·(XXᵀ)²X      five times, with a = 3.4445, b = −4.7750, c = 2.0315
/// p ← p − lr·weight_decay·p − lr·√max(1, rows/columns)·X
/// ```
///
/// (Jordan et al. 2024, *Muon: an optimizer for hidden layers in neural networks*.) After five iterations the singular values of `X`
/// are between about 0.7 and 1.2, so that a step moves all directions about equally far. Results agree with those of PyTorch's `Muon`,
/// whose defaults these are, but that it iterates in `bfloat16`, and this in the scalar of the network.
///
/// A weight's first dimension is that of its outputs, such as the filters of a convolution, or of the inputs of a
/// [`ConvTranspose2D`](crate::layer::ConvTranspose2D). PyTorch's takes matrices alone.
///
/// A step costs `15·rows·columns·min(rows, columns)` multiply-adds for each weight, on one thread. It needs two numbers to remember and
/// three of scratch for each number of the network.
///
/// ```
/// use shapeproof::optim::{AdamW, Muon};
///
/// let rule = Muon::new(0.02, AdamW::new(1e-3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Muon {
    /// The learning rate of matrices and filters; it is not that of the others, and usually larger.
    pub lr: f64,
    /// μ: the share of the old momentum; 0.95 by default.
    pub momentum: f64,
    /// Whether the momentum is Nesterov's; it is by default.
    pub nesterov: bool,
    /// The smallest norm that is divided by; 10⁻⁷ by default.
    pub eps: f64,
    /// The weight decay of matrices and filters; 0.1 by default.
    pub weight_decay: f64,
    /// The rule for all other parameters: biases, slopes, γ and β.
    pub others: AdamW,
}

/// How often [`Muon`] iterates.
const ITERATIONS: usize = 5;

/// `a`, `b` and `c`.
const COEFFICIENTS: [f64; 3] = [3.4445, -4.7750, 2.0315];

impl Muon {
    /// Creates Muon with learning rate `lr` and PyTorch's defaults, and the rule for parameters that are no matrices.
    pub const fn new(lr: f64, others: AdamW) -> Muon {
        Muon { lr, momentum: 0.95, nesterov: true, eps: 1e-7, weight_decay: 0.1, others }
    }

    /// Sets the share of the old momentum.
    pub const fn momentum(self, momentum: f64) -> Muon {
        Muon { momentum, ..self }
    }

    /// Sets the weight decay of matrices and filters; that of the others is set in their rule.
    pub const fn weight_decay(self, weight_decay: f64) -> Muon {
        Muon { weight_decay, ..self }
    }
}

/// The rows and columns of a parameter that is a matrix.
fn matrix(parameter: &Parameter<'_>) -> Option<[usize; 2]> {
    match (parameter.role, parameter.dims) {
        (Role::Weight { .. }, [rows, columns @ ..]) if !columns.is_empty() => Some([*rows, columns.iter().product()]),
        _ => None,
    }
}

impl Optimizer for Muon {
    const MEMORY: usize = 2;
    const SCRATCH: usize = 3;

    fn lr(&self) -> f64 {
        self.lr
    }

    fn validate(&self) -> Result<()> {
        let &Muon { lr, momentum, eps, weight_decay, ref others, .. } = self;
        demand_rates(lr, WeightDecay::new(weight_decay))?;
        demand_share("momentum", momentum)?;
        demand_eps(eps)?;
        others.validate()
    }

    fn needs_whole(&self, parameter: &Parameter<'_>) -> bool {
        matrix(parameter).is_some()
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        let [velocity, second_moment, x, square, product] = memory else {
            panic!("Muon has five numbers beside each number of a parameter")
        };
        let Some([rows, columns]) = matrix(&update.parameter) else {
            let of_others = update.at_rate(self.lr, self.others.lr);
            return self.others.update(&of_others, numbers, gradient, &mut [velocity, second_moment]);
        };
        let (keep, take) = (T::from_f64(self.momentum), T::from_f64(1.0 - self.momentum));
        let nesterov = self.nesterov;
        widest!({
            for ((v, &g), x) in velocity.iter_mut().zip(gradient).zip(x.iter_mut()) {
                *v = keep * *v + take * g;
                *x = if nesterov { keep * *v + take * g } else { *v };
            }
        });
        // The iteration is over as many rows as there are in the smaller direction.
        let is_tall = rows > columns;
        if is_tall {
            transposed(x, [rows, columns], product);
            x.copy_from_slice(product);
        }
        let narrow = rows.min(columns);
        orthogonalize(x, narrow, &mut square[..narrow * narrow], product, self.eps);
        if is_tall {
            transposed(x, [columns, rows], product);
            x.copy_from_slice(product);
        }
        let pace = T::from_f64(update.lr * f64::max(1.0, rows as f64 / columns as f64).sqrt());
        let left = T::from_f64(1.0 - update.lr * self.weight_decay);
        widest!({
            for (p, &x) in numbers.iter_mut().zip(x.iter()) {
                *p = left * *p - pace * x;
            }
        });
    }
}

/// `to ← fromᵀ`
fn transposed<T: Scalar>(from: &[T], [rows, columns]: [usize; 2], to: &mut [T]) {
    for (i, row) in from.chunks_exact(columns).enumerate() {
        for (j, &number) in row.iter().enumerate() {
            to[j * rows + i] = number;
        }
    }
}

/// Divides a matrix of `rows` rows by its norm and makes its singular values nearly equal, with `square` (`rows`²) and `product` (as long
/// as `x`) as scratch.
fn orthogonalize<T: Scalar>(x: &mut [T], rows: usize, square: &mut [T], product: &mut [T], eps: f64) {
    let columns = x.len() / rows;
    let norm = x.iter().map(|x| x.into_f64() * x.into_f64()).sum::<f64>();
    let scale = T::from_f64(1.0 / Float::max(Float::sqrt(norm), eps));
    let [a, b, c] = COEFFICIENTS.map(T::from_f64);
    widest!({ x.iter_mut().for_each(|x| *x *= scale) });
    for _ in 0..ITERATIONS {
        // X ← a·X + b·(XXᵀ)X + c·(XXᵀ)(XXᵀ)X
        square.fill(T::zero());
        add_gemm_nt(Matrix::new(x, rows, columns), Matrix::new(x, rows, columns), square);
        gemm(Matrix::new(square, rows, rows), Matrix::new(x, rows, columns), Write::Overwrite, product, columns);
        widest!({
            for (x, &product) in x.iter_mut().zip(product.iter()) {
                *x = a * *x + b * product;
            }
            square.iter_mut().for_each(|square| *square = c * *square);
        });
        gemm(Matrix::new(square, rows, rows), Matrix::new(product, rows, columns), Write::Accumulate, x, columns);
    }
}

/// `Muon, lr 0.02, Nesterov momentum 0.95, eps 1e-7, weight decay 0.1; others: AdamW, lr 0.001, …`
impl fmt::Display for Muon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Muon { lr, momentum, nesterov, eps, weight_decay, others } = self;
        let kind = if *nesterov { "Nesterov momentum" } else { "momentum" };
        write!(f, "Muon, lr {lr}, {kind} {momentum}, eps {eps:e}, weight decay {weight_decay}; others: {others}")
    }
}

impl Specimen for Muon {
    const GOLDEN: &'static str = "muon";

    fn of(setting: impl Fn(&str) -> f64) -> Muon {
        Muon {
            lr: setting("lr"),
            momentum: setting("momentum"),
            nesterov: setting("nesterov") != 0.0,
            eps: setting("eps"),
            weight_decay: setting("weight_decay"),
            others: AdamW::new(0.015625),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::layer::LayerPath;

    /// One step from zero of a weight of these dims, with the gradient given.
    fn step(dims: &[usize], gradient: &[f64]) -> Vec<f64> {
        let rule = Muon::new(1.0, AdamW::new(1.0));
        let role = Role::Weight { fan_in: 1, fan_out: 1 };
        let parameter = Parameter { layer: LayerPath::FIRST, name: "weight", dims, role };
        let mut memory = vec![vec![f64::NAN; gradient.len()]; 5];
        memory[0].fill(0.0);
        let mut memory: Vec<&mut [f64]> = memory.iter_mut().map(|memory| &mut memory[..]).collect();
        let mut numbers = vec![0.0; gradient.len()];
        rule.update(&Update { parameter, lr: 1.0, step: 1 }, &mut numbers, gradient, &mut memory);
        numbers
    }

    #[test]
    fn a_step_moves_all_directions_about_equally_far() {
        // The singular values of the gradient are 100 and 1, its directions the axes: what is left of a matrix is a sign.
        let wide = step(&[2, 3], &[0.0, 100.0, 0.0, -1.0, 0.0, 0.0]);
        assert!((0.65..1.25).contains(&-wide[1]) && (0.65..1.25).contains(&wide[3]), "{wide:?}");
        assert!([0, 2, 4, 5].iter().all(|&i| wide[i] == 0.0), "{wide:?}");
    }

    #[test]
    fn a_tall_matrix_is_a_wide_one_transposed_and_a_filter_is_a_row() {
        let gradient: Vec<f64> = (0..12).map(|i| f64::from(i * i % 7) - 2.5).collect();
        let mut turned = vec![0.0; 12];
        transposed(&gradient, [3, 4], &mut turned);
        let (wide, tall) = (step(&[3, 4], &gradient), step(&[4, 3], &turned));
        transposed(&tall, [4, 3], &mut turned);
        let scale = (4.0f64 / 3.0).sqrt();
        for (wide, tall) in wide.iter().zip(&turned) {
            assert!((wide * scale - tall).abs() < 1e-12, "{wide} {tall}");
        }
        assert_eq!(step(&[3, 1, 2, 2], &gradient), wide);
    }
}

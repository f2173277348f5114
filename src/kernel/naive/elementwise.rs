//! Elementwise functions, the softmax, and sums.

use crate::scalar::Scalar;

/// `y = max(0, x)`; NaN stays NaN.
pub fn relu<T: Scalar>(input: &[T], output: &mut [T]) {
    for i in 0..input.len() {
        output[i] = if input[i] <= T::zero() { T::zero() } else { input[i] };
    }
}

/// `∂L/∂x = ∂L/∂y` where `x > 0`, otherwise 0. At NaN it is `∂L/∂y`.
pub fn relu_grad_input<T: Scalar>(input: &[T], grad_output: &[T], grad_input: &mut [T]) {
    for i in 0..input.len() {
        grad_input[i] = if input[i] <= T::zero() { T::zero() } else { grad_output[i] };
    }
}

/// [`relu_grad_input`] from the ReLU's output, in place.
pub fn relu_grad_in_place<T: Scalar>(output: &[T], gradient: &mut [T]) {
    for i in 0..output.len() {
        gradient[i] = if output[i] <= T::zero() { T::zero() } else { gradient[i] };
    }
}

/// `y = x` where `x > 0`, otherwise `slope·x`.
pub fn leaky_relu<T: Scalar>(slope: T, input: &[T], output: &mut [T]) {
    for i in 0..input.len() {
        output[i] = if input[i] > T::zero() { input[i] } else { slope * input[i] };
    }
}

/// `∂L/∂x = ∂L/∂y` where `x > 0`, otherwise `slope·∂L/∂y`.
pub fn leaky_relu_grad_input<T: Scalar>(slope: T, input: &[T], grad_output: &[T], grad_input: &mut [T]) {
    for i in 0..input.len() {
        grad_input[i] = if input[i] > T::zero() { grad_output[i] } else { slope * grad_output[i] };
    }
}

/// `∂L/∂slope = Σ x·∂L/∂y` over the inputs that are not above zero.
pub fn leaky_relu_grad_slope<T: Scalar>(input: &[T], grad_output: &[T]) -> T {
    sum_of(input, grad_output, |x, dy| if x > T::zero() { T::zero() } else { x * dy })
}

/// Writes [`leaky_relu_grad_input`] and returns [`leaky_relu_grad_slope`].
pub fn leaky_relu_backward<T: Scalar>(slope: T, input: &[T], grad_output: &[T], grad_input: &mut [T]) -> T {
    leaky_relu_grad_input(slope, input, grad_output, grad_input);
    leaky_relu_grad_slope(input, grad_output)
}

/// The indices of the numbers in the same line as number `i`: `len` of them, each `step` after the one before.
fn line([len, step]: [usize; 2], i: usize) -> impl Iterator<Item = usize> {
    let first = i / (len * step) * (len * step) + i % step;
    (0..len).map(move |at| first + at * step)
}

/// `yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)`, the sum over the line of `i`.
pub fn softmax<T: Scalar>(lines: [usize; 2], input: &[T], output: &mut [T]) {
    for (i, output) in output.iter_mut().enumerate() {
        *output = input[i].exp() / line(lines, i).map(|j| input[j].exp()).sum();
    }
}

/// `∂L/∂xᵢ = Σⱼ ∂L/∂yⱼ · yⱼ·([i = j] − yᵢ)`, from the softmax's output `y`, the sum over the line of `i`.
pub fn softmax_grad_input<T: Scalar>(lines: [usize; 2], output: &[T], grad_output: &[T], grad_input: &mut [T]) {
    for (i, grad_input) in grad_input.iter_mut().enumerate() {
        let term = |j: usize| {
            let same = if j == i { T::one() } else { T::zero() };
            grad_output[j] * output[j] * (same - output[i])
        };
        *grad_input = line(lines, i).map(term).sum();
    }
}

/// `yᵢ = ln(exp(xᵢ) / Σⱼ exp(xⱼ))`, the sum over the line of `i`.
pub fn log_softmax<T: Scalar>(lines: [usize; 2], input: &[T], output: &mut [T]) {
    softmax(lines, input, output);
    for output in output {
        *output = output.ln();
    }
}

/// `∂L/∂xᵢ = Σⱼ ∂L/∂yⱼ·([i = j] − exp(yᵢ))`, from the log-softmax's output `y`, the sum over the line of `i`.
pub fn log_softmax_grad_input<T: Scalar>(lines: [usize; 2], output: &[T], grad_output: &[T], grad_input: &mut [T]) {
    for (i, grad_input) in grad_input.iter_mut().enumerate() {
        let term = |j: usize| {
            let same = if j == i { T::one() } else { T::zero() };
            grad_output[j] * (same - output[i].exp())
        };
        *grad_input = line(lines, i).map(term).sum();
    }
}

/// `to[i] ← to[i] + from[i]`
pub fn add<T: Scalar>(from: &[T], to: &mut [T]) {
    for i in 0..from.len() {
        to[i] += from[i];
    }
}

/// `to[i] ← max(0, to[i] + from[i])`; NaN stays NaN.
pub fn add_and_rectify<T: Scalar>(from: &[T], to: &mut [T]) {
    for i in 0..from.len() {
        let sum = to[i] + from[i];
        to[i] = if sum <= T::zero() { T::zero() } else { sum };
    }
}

/// `Σᵢ term(aᵢ, bᵢ)`
pub fn sum_of<T: Scalar>(a: &[T], b: &[T], term: impl Fn(T, T) -> T) -> T {
    a.iter().zip(b).map(|(&a, &b)| term(a, b)).sum()
}

/// `Σᵢ (aᵢ − a₀)·(bᵢ − b₀)` and `Σᵢ (bᵢ − b₀)`
pub fn sums_of_deviations<T: Scalar>((a, a0): (&[T], T), (b, b0): (&[T], T)) -> (T, T) {
    (sum_of(a, b, |a, b| (a - a0) * (b - b0)), sum_of(a, b, |_, b| b - b0))
}

//! Matrix products, and the dense layer.

use crate::kernel::gemm::Write;
use crate::kernel::matrix::Matrix;
use crate::scalar::Scalar;

/// The entry in row `i` and column `j`.
fn entry<T: Scalar>(matrix: Matrix<'_, T>, i: usize, j: usize) -> T {
    matrix.data[i * matrix.row_stride + j * matrix.column_stride]
}

/// `c[i, j] ← start + Σₖ a[i, k]·b[k, j]`, where `start` is 0, `c[i, j]` or `bias[i]`, as `write` says. The rows of `c` are
/// `stride` apart.
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, write: Write<'_, T>, c: &mut [T], stride: usize) {
    for i in 0..a.rows {
        for j in 0..b.columns {
            let sum = (0..a.columns).map(|k| entry(a, i, k) * entry(b, k, j)).sum();
            let c = &mut c[i * stride + j];
            *c = match write {
                Write::Overwrite => sum,
                Write::Accumulate => *c + sum,
                Write::Bias(bias) => bias[i] + sum,
            };
        }
    }
}

/// `C ← C + A·Bᵀ`
pub fn add_gemm_nt<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, c: &mut [T]) {
    gemm(a, b.transposed(), Write::Accumulate, c, b.rows);
}

/// `transposed[j, i] = matrix[i, j]`
pub fn transpose<T: Scalar>(matrix: Matrix<'_, T>, transposed: &mut [T]) {
    for j in 0..matrix.columns {
        for i in 0..matrix.rows {
            transposed[j * matrix.rows + i] = entry(matrix, i, j);
        }
    }
}

/// The number of nonzero entries.
pub fn count<T: Scalar>(matrix: Matrix<'_, T>) -> usize {
    let row = |i| (0..matrix.columns).filter(|&j| entry(matrix, i, j) != T::zero()).count();
    (0..matrix.rows).map(row).sum()
}

/// `y[n, o] = b[o] + Σᵢ w[o, i]·x[n, i]` for a batch of rows `x`.
pub fn dense<T: Scalar>(inputs: usize, input: &[T], weight: &[T], bias: &[T], output: &mut [T]) {
    for (input, output) in input.chunks(inputs).zip(output.chunks_mut(bias.len())) {
        for (o, output) in output.iter_mut().enumerate() {
            let row = &weight[o * inputs..][..inputs];
            *output = bias[o] + row.iter().zip(input).map(|(&w, &x)| w * x).sum();
        }
    }
}

/// `∂L/∂x[n, i] = Σₒ w[o, i]·∂L/∂y[n, o]`
pub fn dense_grad_input<T: Scalar>(inputs: usize, weight: &[T], grad_output: &[T], grad_input: &mut [T]) {
    grad_input.fill(T::zero());
    let outputs = weight.len() / inputs;
    for (grad_output, grad_input) in grad_output.chunks(outputs).zip(grad_input.chunks_mut(inputs)) {
        for (row, &gradient) in weight.chunks(inputs).zip(grad_output) {
            for (grad_input, &w) in grad_input.iter_mut().zip(row) {
                *grad_input += w * gradient;
            }
        }
    }
}

/// `∂L/∂w[o, i] += Σₙ x[n, i]·∂L/∂y[n, o]` and `∂L/∂b[o] += Σₙ ∂L/∂y[n, o]`
pub fn add_dense_grad_parameters<T: Scalar>(
    inputs: usize,
    input: &[T],
    grad_output: &[T],
    grad_weight: &mut [T],
    grad_bias: &mut [T],
) {
    for (input, grad_output) in input.chunks(inputs).zip(grad_output.chunks(grad_bias.len())) {
        for (o, &gradient) in grad_output.iter().enumerate() {
            grad_bias[o] += gradient;
            for (grad_weight, &x) in grad_weight[o * inputs..][..inputs].iter_mut().zip(input) {
                *grad_weight += x * gradient;
            }
        }
    }
}

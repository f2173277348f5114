//! Matrix products and the dense layers that use them.

use shapeproof::kernel::gemm::nt::add_gemm_nt;
use shapeproof::kernel::matrix::Matrix;
use shapeproof::kernel::sparse::count;
use shapeproof::kernel::transpose::transpose;
use shapeproof::kernel::{dense, naive};
use shapeproof::scalar::Scalar;

use crate::grid::{integers, nans};

fn dense_layers_agree<T: Scalar>() {
    for (samples, inputs, outputs) in [(1, 1, 1), (1, 5, 3), (4, 1, 2), (3, 7, 1), (2, 33, 20), (9, 6, 40)] {
        let (weights, sizes) = (inputs * outputs, format!("{samples} samples, {inputs} → {outputs}"));
        let (input, weight, bias) = (integers::<T>(samples * inputs, 1), integers(weights, 2), integers(outputs, 3));
        let grad_output = integers::<T>(samples * outputs, 4);

        let (mut fast, mut defined) = (nans(samples * outputs), nans(samples * outputs));
        dense::dense(inputs, &input, &weight, &bias, &mut fast);
        naive::dense(inputs, &input, &weight, &bias, &mut defined);
        assert_eq!(fast, defined, "{sizes}");

        let (mut fast, mut defined) = (nans(samples * inputs), nans(samples * inputs));
        dense::dense_grad_input(inputs, &weight, &grad_output, &mut fast);
        naive::dense_grad_input(inputs, &weight, &grad_output, &mut defined);
        assert_eq!(fast, defined, "gradient of the input, {sizes}");

        let mut fast = (integers(weights, 5), integers(outputs, 6));
        let mut defined = fast.clone();
        dense::add_dense_grad_parameters(inputs, &input, &grad_output, &mut fast.0, &mut fast.1);
        naive::add_dense_grad_parameters(inputs, &input, &grad_output, &mut defined.0, &mut defined.1);
        assert_eq!(fast, defined, "gradients of weight and bias, {sizes}");
    }
}

/// Rows, columns, and the distance between rows.
const MATRICES: [[usize; 3]; 8] =
    [[1, 1, 1], [3, 5, 5], [8, 1, 2], [9, 4, 4], [16, 7, 9], [1, 47, 50], [23, 17, 17], [33, 65, 66]];

fn matrices_agree<T: Scalar>() {
    for [rows, columns, stride] in MATRICES {
        let numbers = integers::<T>(rows * stride, 1);
        let a = Matrix::strided(&numbers, rows, columns, stride);
        let (mut fast, mut defined) = (nans(rows * columns), nans(rows * columns));
        transpose(a, &mut fast);
        naive::transpose(a, &mut defined);
        assert_eq!(fast, defined, "{rows}×{columns}");
        assert_eq!(count(a), naive::count(a), "{rows}×{columns}");

        for others in [1, 2, 5, 11] {
            let numbers = integers::<T>(others * columns, 2);
            let (b, mut fast) = (Matrix::new(&numbers, others, columns), integers(rows * others, 3));
            let mut defined = fast.clone();
            add_gemm_nt(a, b, &mut fast);
            naive::add_gemm_nt(a, b, &mut defined);
            assert_eq!(fast, defined, "{rows}×{columns}, times {others} rows");
        }
    }
}

#[test]
fn matrices_are_what_they_are_defined_to_be() {
    matrices_agree::<f32>();
    matrices_agree::<f64>();
}

#[test]
fn a_dense_layer_is_what_it_is_defined_to_be() {
    dense_layers_agree::<f32>();
    dense_layers_agree::<f64>();
}

//! The kernels in `f32`, compiled with this crate so that a program's debug build need not compile its own.
//!
//! In unoptimized builds a generic function is compiled where it is used, unless a dependency has already instantiated it. In
//! optimized builds the kernels are compiled again for each network, with its sizes as constants.

use super::activation::{leaky_relu, leaky_relu_backward, leaky_relu_grad_input, relu, relu_grad_input};
use super::conv2d::{conv2d, conv2d_backward};
use super::dense::{add_dense_grad_parameters, dense, dense_grad_input};
use super::pool2d::{max_pool2d, max_pool2d_grad_input};

/// The addresses of the kernels: taking them forces the instances to be compiled.
#[doc(hidden)]
pub fn instances() -> [*const (); 12] {
    [
        relu::<f32> as *const (),
        relu_grad_input::<f32> as *const (),
        leaky_relu::<f32> as *const (),
        leaky_relu_grad_input::<f32> as *const (),
        leaky_relu_backward::<f32> as *const (),
        conv2d::<f32> as *const (),
        conv2d_backward::<f32> as *const (),
        dense::<f32> as *const (),
        dense_grad_input::<f32> as *const (),
        add_dense_grad_parameters::<f32> as *const (),
        max_pool2d::<f32> as *const (),
        max_pool2d_grad_input::<f32> as *const (),
    ]
}

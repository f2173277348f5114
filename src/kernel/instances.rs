//! The kernels in `f32` and `f64`, compiled with this crate so that a program's debug build need not compile its own.
//!
//! In unoptimized builds a generic function is compiled where it is used, unless a dependency has already instantiated it. In
//! optimized builds the kernels are compiled again for each network, with its sizes as constants.

use core::hint::black_box;

use super::activation::{leaky_relu, leaky_relu_backward, leaky_relu_grad_input, relu, relu_grad_input};
use super::add::{add, add_and_rectify};
use super::avg_pool2d::{avg_pool2d, avg_pool2d_grad_input};
use super::batch_norm::{batch_norm, batch_norm_grad_input, batch_norm_grad_parameters, scale_and_shift};
use super::conv2d::{
    conv2d, conv2d_backward, depthwise_conv2d, depthwise_conv2d_backward, product_conv2d, product_conv2d_backward,
    winograd_conv2d, winograd_conv2d_backward,
};
use super::dense::{add_dense_grad_parameters, dense, dense_grad_input};
use super::gemm::gemm;
use super::gemm::nt::add_gemm_nt;
use super::group_norm::{group_norm, group_norm_backward};
use super::pool2d::{max_pool2d, max_pool2d_grad_input};
use super::softmax::{log_softmax, log_softmax_grad_input, softmax, softmax_grad_input};

macro_rules! take_addresses {
    ($($scalar:ty),*) => {
        $(black_box([
            add::<$scalar> as *const (),
            add_and_rectify::<$scalar> as *const (),
            batch_norm::<$scalar> as *const (),
            batch_norm_grad_input::<$scalar> as *const (),
            batch_norm_grad_parameters::<$scalar> as *const (),
            scale_and_shift::<$scalar> as *const (),
            group_norm::<$scalar> as *const (),
            group_norm_backward::<$scalar> as *const (),
            log_softmax::<$scalar> as *const (),
            log_softmax_grad_input::<$scalar> as *const (),
            softmax::<$scalar> as *const (),
            softmax_grad_input::<$scalar> as *const (),
            relu::<$scalar> as *const (),
            relu_grad_input::<$scalar> as *const (),
            leaky_relu::<$scalar> as *const (),
            leaky_relu_grad_input::<$scalar> as *const (),
            leaky_relu_backward::<$scalar> as *const (),
            conv2d::<$scalar> as *const (),
            conv2d_backward::<$scalar> as *const (),
            depthwise_conv2d::<$scalar> as *const (),
            depthwise_conv2d_backward::<$scalar> as *const (),
            product_conv2d::<$scalar> as *const (),
            product_conv2d_backward::<$scalar> as *const (),
            winograd_conv2d::<$scalar> as *const (),
            winograd_conv2d_backward::<$scalar> as *const (),
            dense::<$scalar> as *const (),
            dense_grad_input::<$scalar> as *const (),
            add_dense_grad_parameters::<$scalar> as *const (),
            gemm::<$scalar> as *const (),
            add_gemm_nt::<$scalar> as *const (),
            max_pool2d::<$scalar> as *const (),
            max_pool2d_grad_input::<$scalar> as *const (),
            avg_pool2d::<$scalar> as *const (),
            avg_pool2d_grad_input::<$scalar> as *const (),
        ]);)*
    };
}

/// Takes their addresses, which forces the instances to be compiled. Nobody calls it.
#[doc(hidden)]
pub fn instances() {
    take_addresses!(f32, f64);
}

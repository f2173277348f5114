//! Limits of shapes: a layer beyond them has a shape error, also in release builds, where sizes would wrap around. Also the panics
//! for failed allocations.
//!
//! `cargo test --release --test limits`

use std::hint::black_box;
use std::panic::{UnwindSafe, catch_unwind};

use shapeproof::layer::{AvgPool2D, BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, Module, ReLU, Residual};
use shapeproof::network::{Chain, Network};
use shapeproof::shape::{Dims, MAX_NUMBERS, Window, inference};
use shapeproof::tensor::{self, Tensor};

/// The shape error of a network written by hand.
fn shape_error<L: Module>() -> String {
    L::SHAPE_ERROR.map_or(String::new(), |shape_error| shape_error.sentence().as_str().to_string())
}

/// The panic message of a call. (A release build would optimize unused memory away.)
fn refusal<R>(call: impl FnOnce() -> R + UnwindSafe) -> String {
    let panic = catch_unwind(|| _ = black_box(call())).unwrap_err();
    panic.downcast::<String>().map_or_else(|_| String::new(), |words| *words)
}

/// Twice this is 2, where sizes wrap around.
const HUGE: usize = usize::MAX / 2 + 2;
/// Minus one, wrapped around.
const LESS: usize = 0_usize.wrapping_sub(1);
/// The square of this wraps around to 0.
const HALF: usize = 1 << (usize::BITS / 2);

#[test]
#[cfg(target_pointer_width = "64")]
fn sizes_of_layers_do_not_wrap_around() {
    let (padding, too_large) = ("Conv2D kernel 3×3 has padding", "too large; a tensor has at most 2147483647 numbers");
    // With a padding that wraps around to 28 + 2 = 30 rows, or to 28 − 2 = 26.
    assert_eq!(
        shape_error::<Conv2D<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, HUGE, HUGE>>(),
        format!(
            "layer 0: {padding} 9223372036854775809×9223372036854775809, with which its 1×28×28 input is {too_large}"
        )
    );
    assert_eq!(
        shape_error::<Conv2D<1, 28, 28, 8, 24, 26, 3, 3, 1, 1, LESS, 0>>(),
        format!("layer 0: {padding} 18446744073709551615×0, with which its 1×28×28 input is {too_large}")
    );
    assert_eq!(
        shape_error::<MaxPool2D<1, 28, 28, 15, 15, 2, 2, 2, 2, HUGE, HUGE>>(),
        "layer 0: MaxPool2D padding 9223372036854775809×9223372036854775809 is more than half of its 2×2 window"
    );
    assert_eq!(
        shape_error::<AvgPool2D<1, 28, 28, 1, 1, 2, 2, LESS, LESS>>(),
        "layer 0: AvgPool2D window 2×2 has stride 18446744073709551615×18446744073709551615; it must be at most 2147483647"
    );
    // Its size would wrap around to 2·3.
    assert_eq!(
        shape_error::<Flatten<HUGE, 2, 3, 6>>(),
        format!("layer 0: Flatten's input 9223372036854775809×2×3 is {too_large}")
    );
    assert_eq!(shape_error::<Dense<HALF, 1>>(), format!("layer 0: Dense's input 4294967296 is {too_large}"));
}

#[test]
fn what_goes_between_layers_is_limited_too() {
    type TooWide = ReLU<1, HALF, HALF>;
    let words = shape_error::<Chain<TooWide, Residual<TooWide>>>();
    assert!(words.starts_with("layer 0: ReLU's input") && words.contains("too large"), "{words}");
    let words = shape_error::<Chain<ReLU<0, 3, 3>, ReLU<0, 3, 3>>>();
    assert_eq!(words, "layer 0: ReLU has nothing to work on: its input is 0×3×3");
}

#[test]
#[cfg(target_pointer_width = "64")]
fn parameters_are_counted_together() {
    type Large = Dense<40_000, 40_000>;
    assert_eq!(shape_error::<Large>(), "");
    let total = "with it, the network has 3200080000 parameters; at most 2147483647 are allowed";
    assert_eq!(shape_error::<Chain<Large, Large>>(), format!("layer 1: {total}"));
    assert_eq!(
        shape_error::<Chain<ReLU<40_000, 1, 1>, Residual<Large, Large>>>(),
        format!("layer 1.shortcut.0: {total}")
    );
    assert_eq!(
        shape_error::<Dense<50_000, 50_000>>(),
        "layer 0: Dense over 50000 inputs, 50000 units: too many weights; a network has at most 2147483647 parameters"
    );
}

/// The rules that `network!` uses, called at run time.
#[test]
fn rules_do_not_wrap_around() {
    let image = Dims::new(1, 28, 28);
    let window = |kernel, stride, padding| Window::new([kernel; 2], [stride; 2], [padding; 2]);
    for padding in [LESS, LESS - 1, HUGE, HUGE - 1, HALF, LESS / 4 + 1] {
        assert!(inference::conv2d("Conv2D", image, 8, 1, window(3, 1, padding)).is_err(), "{padding}");
        assert!(inference::pool2d("MaxPool2D", image, window(2, 2, padding)).is_err(), "{padding}");
        assert!(inference::pool2d("AvgPool2D", image, window(LESS, 1, padding)).is_err(), "{padding}");
    }
    for huge in [LESS, HUGE, HALF, MAX_NUMBERS + 1] {
        assert!(inference::conv2d("Conv2D", image, huge, 1, window(1, 1, 0)).is_err(), "{huge} filters");
        assert!(inference::dense(Dims::new(28, 1, 1), huge).is_err(), "{huge} units");
        assert!(inference::flatten(Dims::new(huge, huge, huge)).is_err(), "{huge}");
        assert!(inference::flatten(Dims::new(2, huge, 1)).is_err(), "{huge}");
        assert!(inference::conv2d("Conv2D", image, 8, 1, window(1, huge, 0)).is_err(), "stride {huge}");
        assert!(inference::conv2d("Conv2D", image, 8, huge, window(1, 1, 0)).is_err(), "{huge} groups");
        for kernel in [1, 2] {
            let dilated = Window { dilation: [1, huge], ..window(kernel, 1, 0) };
            assert!(inference::conv2d("Conv2D", image, 8, 1, dilated).is_err(), "dilation {huge}");
        }
        let rounded_up = Window { ceil: true, ..window(2, huge, 0) };
        assert!(inference::pool2d("MaxPool2D", image, rounded_up).is_err(), "stride {huge}");
    }
    assert!(inference::conv2d("Conv2D", Dims::new(HALF / 2, 1, 1), HALF, 1, window(1, 1, 0)).is_err());
    let patches = inference::conv2d("Conv2D", Dims::new(64, 4000, 2000), 1, 1, window(5, 1, 1));
    assert!(patches.is_err_and(|text| text.as_str().ends_with(" positions, together more than 2147483647")));
}

#[test]
fn counts_saturate() {
    type Costly = Conv2D<40_000, 30_000, 30_000, 40_000, 30_000, 30_000, 3, 3, 1, 1, 1, 1>; // 2.6e19 operations
    assert_eq!(Dims::new(HALF, HALF, 1).len(), usize::MAX);
    assert_eq!((Costly::FLOPS, Chain::<Costly, Costly>::FLOPS), (usize::MAX, usize::MAX));
    assert_eq!(BatchNorm::<HALF, HALF, 1>::FLOPS, usize::MAX);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn where_there_is_no_memory_the_panic_says_for_what() {
    let words = refusal(tensor::boxed::<Tensor<65536, 65536, 16384>>);
    assert_eq!(words, "no memory for 1 × Tensor<65536, 65536, 16384>: 281474976710656 bytes");
    let words = refusal(|| tensor::zeros::<Tensor<3, 1024, 1024>>(1 << 40));
    assert_eq!(words, "no memory for 1099511627776 × Tensor<3, 1024, 1024>: 13835058055282163712 bytes");
    type Net =
        Chain<Conv2D<3, 32, 32, 8, 30, 30, 3, 3>, Chain<ReLU<8, 30, 30>, MaxPool2D<8, 30, 30, 15, 15, 2, 2, 2, 2>>>;
    let words = refusal(|| Net::tape(1 << 50));
    assert_eq!(words, "no memory for 1125899906842624 × Tensor<8, 30, 30>: 32425917317067571200 bytes");
    let words = refusal(Net::workspace::<{ 1 << 40 }>);
    let workspace = "1 × ChainWorkspace<Conv2D<3, 32, 32, 8, 30, 30, 3, 3>, Chain<…";
    assert_eq!(words, format!("no memory for {workspace}: 63331869759995776 bytes"));
}

//! The kind of processor that a training runs on, as far as its results depend on it.

use alloc::format;
use alloc::string::String;
use std::any::type_name;
use std::env::consts::{ARCH, OS};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use std::is_x86_feature_detected;

use crate::simd::{Arch, Simd, WithSimd};

/// `x86_64-linux, vectors V4, products avx512f`: the system, whose math library provides functions like `exp`; the vectors of this
/// crate's kernels; and the kernel that `matrixmultiply` uses. With the feature `portable`, both are the same on every processor.
pub(crate) fn name() -> String {
    /// Returns the name of the type of the vectors, without its modules.
    struct Vectors;
    impl WithSimd for Vectors {
        type Output = &'static str;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> &'static str {
            type_name::<S>().rsplit("::").next().unwrap_or_default()
        }
    }
    let products = if cfg!(feature = "portable") { "portable" } else { products() };
    format!("{ARCH}-{OS}, vectors {}, products {products}", Arch::new().dispatch(Vectors))
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn products() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        "avx512f"
    } else if is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx2") {
        "fma"
    } else if is_x86_feature_detected!("avx") {
        "avx"
    } else {
        "sse2"
    }
}

/// `matrixmultiply` has one kernel for all processors of such an architecture.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn products() -> &'static str {
    ARCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_short_and_the_same_every_time() {
        let name = name();
        assert_eq!(name, super::name());
        let expected = format!("{ARCH}-{OS}, vectors ");
        assert!(name.starts_with(&expected) && name.len() < 60 && !name.contains("::"), "{name}");
    }
}

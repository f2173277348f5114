#![no_main]

use libfuzzer_sys::fuzz_target;

// Kernels refuse by panicking, which is caught; what nobody catches still ends the process.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| shapeproof_fuzz::kernel::fuzz(bytes));

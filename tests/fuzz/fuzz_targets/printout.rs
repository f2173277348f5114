#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shapeproof_fuzz::printout::fuzz(bytes));

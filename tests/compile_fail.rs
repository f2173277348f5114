//! Networks that do not fit together do not compile, and the compiler says what to change.
//!
//! Each file in `compile_fail/` holds one mistake; the `.stderr` beside it is what the user sees at `cargo check`. After a
//! change of a text, `TRYBUILD=overwrite cargo test --test compile_fail` writes them anew: read the difference.

#[test]
fn mistakes_are_compile_errors() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

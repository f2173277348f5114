//! Invalid sizes, guarded memory, and the outcome of a call.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// As many cases as take a few seconds, the same each time. The fuzz target `kernel` tries more.
pub fn config() -> ProptestConfig {
    let cases = if cfg!(debug_assertions) { 1_000 } else { 20_000 };
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_global_rejects: 1_000_000,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

/// A size: most often a small one, sometimes one close to where sizes wrap around or change their sign.
pub fn size() -> impl Strategy<Value = usize> {
    const HALF: usize = 1 << (usize::BITS / 2);
    let edges = prop::sample::select(vec![usize::MAX, isize::MAX as usize, HALF, u32::MAX as usize, 0]);
    let edge = (edges, 0_usize..70).prop_flat_map(|(edge, by)| {
        prop::sample::select(vec![edge.wrapping_sub(by), edge.wrapping_add(by)]) // usize::MAX + 3 is 2
    });
    let multiple = (2_usize..70, 0_usize..4).prop_map(|(of, by)| (usize::MAX / of + 1).wrapping_add(by));
    prop_oneof![12 => 0_usize..7, 2 => 7_usize..70, 2 => edge, 1 => multiple]
}

/// Small integers: sums of their products are exact in any order.
pub fn integers(len: usize, seed: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7 + seed * 13) % 11) as f32 - 5.0).collect()
}

/// Numbers that a kernel may write, with guards on both sides that it must not touch.
#[derive(Clone)]
pub struct Guarded(Vec<f32>);

impl Guarded {
    const GUARD: usize = 256;

    pub fn new(len: usize) -> Guarded {
        Guarded(integers(len + 2 * Self::GUARD, 3))
    }

    pub fn numbers(&mut self) -> &mut [f32] {
        let end = self.0.len() - Self::GUARD;
        &mut self.0[Self::GUARD..end]
    }

    /// Checks that nothing but the numbers has changed; with `untouched`, not even those.
    pub fn check(mut self, untouched: bool) -> Result<(), TestCaseError> {
        let mut before = Guarded::new(self.numbers().len());
        if !untouched {
            before.numbers().copy_from_slice(self.numbers());
        }
        prop_assert!(before.0.iter().zip(&self.0).all(|(a, b)| a.to_bits() == b.to_bits()), "touched");
        Ok(())
    }

    /// Checks that a valid `call` gives the same numbers as `by_definition`. If it is not valid, or the kernel may refuse it, it
    /// may panic with a message and write nothing.
    pub fn judge(
        mut self,
        call: impl FnOnce(&mut [f32]),
        makes_sense: bool,
        may_refuse: bool,
        by_definition: impl FnOnce(&mut [f32]),
    ) -> Result<(), TestCaseError> {
        match outcome(|| call(self.numbers())) {
            Ok(()) => {
                prop_assert!(makes_sense, "makes no sense, but is computed");
                let mut expected = Guarded::new(self.numbers().len());
                by_definition(expected.numbers());
                prop_assert_eq!(self.numbers(), expected.numbers());
                self.check(false)
            }
            Err(words) => {
                prop_assert!(may_refuse || !makes_sense, "makes sense, but is refused: {}", words);
                prop_assert!(are_words(&words), "{}", words);
                self.check(true)
            }
        }
    }
}

/// The result of a call, or its panic message.
pub fn outcome<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic)
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    QUIET.set(false);
    result.map_err(|panic| match panic.downcast::<String>() {
        Ok(words) => *words,
        Err(panic) => panic.downcast::<&str>().map_or_else(|_| String::new(), |words| (*words).to_string()),
    })
}

/// Whether the message was written for the caller, and is not a panic of the language.
pub fn are_words(panic: &str) -> bool {
    let language = [
        "attempt to",
        "out of range",
        "out of bounds",
        "non-zero",
        "overflow",
        "unwrap",
        "slice length",
        "slice of length",
        "failed\n",
    ];
    !panic.is_empty() && !language.iter().any(|phrase| panic.contains(phrase))
}

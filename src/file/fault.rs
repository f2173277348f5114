//! Fault injection for unit tests: file operations that fail. [`each`] tests an action with each of its operations failing.

use std::cell::RefCell;
use std::io;
use std::vec::Vec;

/// Which operations of this thread fail.
struct Plan {
    /// The first that fails, counted from 0.
    n: usize,
    /// Whether those after it fail too.
    and_later: bool,
    /// The operations attempted so far.
    attempted: Vec<&'static str>,
}

std::thread_local! {
    static PLAN: RefCell<Option<Plan>> = const { RefCell::new(None) };
}

/// Runs `action` with file operation `n` failing (the first is 0). Also returns the name of that operation, or `None` if there were
/// not more than `n` and so none failed. Only operations of this thread are counted.
pub(crate) fn at<T>(n: usize, action: impl FnOnce() -> T) -> (T, Option<&'static str>) {
    run(Plan { n, and_later: false, attempted: Vec::new() }, action)
}

/// Like [`at`], but all later operations fail as well: the files are then as if the process had been killed at operation `n`.
pub(crate) fn from<T>(n: usize, action: impl FnOnce() -> T) -> (T, Option<&'static str>) {
    run(Plan { n, and_later: true, attempted: Vec::new() }, action)
}

/// Runs `action` with operation n = 0, 1, 2, … failing, and calls `check` with each result and the name of the failed operation.
/// Returns the result of the first run in which nothing fails.
pub(crate) fn each<T>(mut action: impl FnMut() -> T, mut check: impl FnMut(T, &'static str)) -> T {
    let mut n = 0;
    loop {
        match at(n, &mut action) {
            (result, Some(operation)) => check(result, operation),
            (result, None) => return result,
        }
        n += 1;
    }
}

fn run<T>(plan: Plan, action: impl FnOnce() -> T) -> (T, Option<&'static str>) {
    /// Removes the plan even if the test panics: the thread may run another test.
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            PLAN.take();
        }
    }

    let (n, _reset) = (plan.n, Reset);
    PLAN.set(Some(plan));
    let result = action();
    (result, PLAN.take().and_then(|plan| plan.attempted.get(n).copied()))
}

/// Returns the error of an operation that is made to fail: `made to fail: rename`.
pub(super) fn pass(operation: &'static str) -> io::Result<()> {
    PLAN.with_borrow_mut(|plan| {
        let Some(Plan { n, and_later, attempted }) = plan else { return Ok(()) };
        let now = attempted.len();
        attempted.push(operation);
        let fails = now == *n || (*and_later && now > *n);
        if fails { Err(io::Error::other(std::format!("made to fail: {operation}"))) } else { Ok(()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::attempt;

    #[test]
    fn the_operation_that_is_meant_fails() {
        let three = || ["a", "b", "c"].map(|operation| attempt(operation, || Ok(())).is_ok());
        assert_eq!(at(1, three), ([true, false, true], Some("b")));
        assert_eq!(from(1, three), ([true, false, false], Some("b")));
        assert_eq!(at(3, three), ([true; 3], None));
        let mut failed = Vec::new();
        assert_eq!(each(three, |_, operation| failed.push(operation)), [true; 3]);
        assert_eq!(failed, ["a", "b", "c"]);
        assert_eq!(three(), [true; 3]);
    }
}

//! For unit tests: file operations that fail. [`each`] is a whole test of what may happen when any one of them does.

use std::cell::RefCell;
use std::io;
use std::vec::Vec;

/// What the operations of this thread are to do.
struct Plan {
    /// The first that fails, counted from 0.
    n: usize,
    /// Whether those after it fail too.
    and_later: bool,
    /// Those that have been attempted.
    attempted: Vec<&'static str>,
}

std::thread_local! {
    static PLAN: RefCell<Option<Plan>> = const { RefCell::new(None) };
}

/// Runs `action`, in which file operation `n` fails (the first is 0). Says also which operation that was; `None` if there are not
/// so many, and so nothing failed. Only operations of this thread are counted.
pub(crate) fn at<T>(n: usize, action: impl FnOnce() -> T) -> (T, Option<&'static str>) {
    run(Plan { n, and_later: false, attempted: Vec::new() }, action)
}

/// Like [`at`], but all later ones fail as well: what is on the disk then is what a process leaves that is killed at `n`.
pub(crate) fn from<T>(n: usize, action: impl FnOnce() -> T) -> (T, Option<&'static str>) {
    run(Plan { n, and_later: true, attempted: Vec::new() }, action)
}

/// Calls `check` for n = 0, 1, 2, …, with what `action` returned while its operation `n` failed, and which that was. Returns
/// what it returned when at last nothing failed.
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
    /// Takes the plan back when a test panics, too: the thread may run another one.
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

/// The error of an operation that is to fail: `made to fail: rename`.
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

//! A panic in a dependency, as an error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is about to be caught.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Returns the result of `run`, or the message of its panic.
///
/// Such a panic is not printed. The hook that was installed before still prints all others: those of other threads in the meantime,
/// and those of this one afterwards.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                print(panic)
            }
        }));
    });
    let before = QUIET.replace(true);
    // Anything that `run` has left in an inconsistent state is dropped with it.
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    QUIET.set(before);
    result.map_err(|panic| match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_string(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without words".into(),
    })
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::Command;
    use std::thread;

    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_words() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| -> u8 { panic!("as it is") }), Err("as it is".to_string()));
        let index = [1, 2].len();
        assert_eq!(caught(|| -> u8 { panic!("index {index}") }), Err("index 2".to_string()));
        let nested = caught(|| (caught(|| -> u8 { panic!("within") }), caught(|| 3)));
        assert_eq!(nested, Ok((Err("within".to_string()), Ok(3))));
        assert!(!QUIET.get());
    }

    #[test]
    #[ignore = "not a test, but the process that the next one starts"]
    fn panics() {
        let other = || thread::spawn(|| panic!("of another thread")).join().is_err();
        assert_eq!(caught(other), Ok(true));
        assert!(caught(|| panic!("that is caught")).is_err());
        panic!("afterwards");
    }

    #[test]
    fn no_other_panic_is_hidden() {
        let panics = concat!(module_path!(), "::panics").split_once("::").unwrap().1;
        let program = env::current_exe().unwrap();
        let process = Command::new(program).args([panics, "--exact", "--ignored", "--nocapture"]).output().unwrap();
        let printed = String::from_utf8(process.stderr).unwrap();
        assert!(printed.contains("of another thread") && printed.contains("afterwards"), "{printed}");
        assert!(!printed.contains("that is caught"), "{printed}");
    }
}

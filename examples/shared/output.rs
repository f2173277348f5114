//! The exit status of an example, also when its output cannot be written.
//!
//! Standard output may be a pipe that is closed (`mnist | head -1`) or a file on a full disk. `println!` would panic, so the
//! examples use `writeln!(out, …)?`, and `main` returns the [`status`]:
//!
//! | | |
//! |---|---|
//! | 0 | success |
//! | 1 | an error, which is named on standard error: `error: cannot write: …` if it is the disk of standard output that is full |
//! | 141 | the reader of standard output is gone; nothing is printed. 128 + SIGPIPE, as a shell reports for programs ended by this signal |

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::{ExitCode, Termination};

const CLOSED: u8 = 141;

/// The exit status for a result.
///
/// An [`io::Error`] is assumed to be about standard output: errors of other files have the file's name, as [`shapeproof::Error`]
/// does.
pub fn status<T: Termination>(result: Result<T, Box<dyn Error>>) -> ExitCode {
    let error = match result {
        Ok(value) => return value.report(),
        Err(error) => error,
    };
    match error.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::from(CLOSED),
        Some(error) => complain(&mut io::stderr(), &format_args!("cannot write: {error}")),
        None => complain(&mut io::stderr(), &error),
    }
    ExitCode::FAILURE
}

/// Writes `error: …`, and ignores it if that fails.
pub fn complain(err: &mut dyn Write, error: &dyn Display) {
    writeln!(err, "error: {}", plain_lines(error)).ok();
}

/// [`plain`] for a text of several lines, which are kept.
pub fn plain_lines(text: impl Display) -> String {
    text.to_string().lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// Escapes text from outside (a file's name, or its contents) so that a terminal does not interpret it: characters that cannot be
/// printed are written as in Rust, `\u{1b}`.
pub fn plain(text: impl Display) -> String {
    let escaped = text.to_string().escape_debug().to_string();
    // These can be printed.
    escaped.replace(r"\'", "'").replace(r#"\""#, r#"""#).replace(r"\\", r"\")
}

/// Escapes JSON so that a terminal does not interpret it: its strings may contain control characters from U+007F on, and ones that
/// change the direction of a line.
#[allow(dead_code, reason = "not every example prints JSON")]
pub fn plain_json(json: &str) -> String {
    let is_plain =
        |c: char| c == '\n' || !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    json.chars().fold(String::new(), |json, c| {
        if is_plain(c) { json + c.encode_utf8(&mut [0; 4]) } else { format!("{json}\\u{:04x}", c as u32) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_json() {
        let json = serde_json::json!({ "name": "a\u{9b}31m \u{202e}\u{7f} é" }).to_string();
        let plain = plain_json(&json);
        assert_eq!(plain, r#"{"name":"a\u009b31m \u202e\u007f é"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&plain).ok(), serde_json::from_str(&json).ok());
    }
}

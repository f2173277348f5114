//! Text from files, and the names of files, cannot control the terminal.

use std::fs;

use shapeproof::io::{Card, save};
use shapeproof::network::Network;

use crate::digits::SmallNet;
use crate::run;

/// Turns the terminal red, renames its window, clears it, writes backwards, and goes to the start of a line.
const EVIL: &str = "\x1b[31mred\x1b]0;name\x07\u{9b}2J\u{202e}back\r";

/// How it is shown.
const SHOWN: &str = r"\u{1b}[31mred\u{1b}]0;name\u{7}\u{9b}2J\u{202e}back\r";

fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}')
}

#[test]
fn file_names_and_what_is_in_files_are_shown_and_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    // Printable text is unchanged.
    let [model, picture, missing, broken] = ["model", "l'été — \"e\u{301}te\u{301}\" 夏 🌞 \\", "missing", "broken"]
        .map(|name| path(&format!("{name}{EVIL}")));
    save(&model, &*SmallNet::new(1), &Card::default()).unwrap();
    fs::copy("examples/predict/seven.png", &picture).unwrap();
    fs::write(&broken, b"\x89PNG\r\n\x1a\n\0\0\0\0\x1b[2J").unwrap();

    let (code, out, err) = run("predict", &["--model", &model, &picture, &missing, &broken]);
    assert_eq!(code, Some(1), "{err}");
    assert!(is_plain(&out) && is_plain(&err), "{out} {err}");
    assert!(
        out.contains("/l'été — \"e\u{301}te\u{301}\" 夏 🌞 \\") && out.contains(&format!("{SHOWN}: 16×17")),
        "{out}"
    );
    assert!(err.contains(&format!("/missing{SHOWN}: cannot read")) && err.contains("chunk \\x1b[2J of 0"), "{err}");

    for (name, arguments, shown) in [
        ("evaluate", &["--model", &model][..], "/model"),
        ("evaluate", &["--model", &missing], "/missing"),
        ("evaluate", &["--data", &missing], "/missing"),
        ("mnist", &["--load", &broken], "/broken"),
        ("mnist", &["--network", "small", "--epochs", "1", "--save", &path(EVIL)], "The network is in "),
    ] {
        let (_, out, err) = run(name, arguments);
        assert!(is_plain(&out) && is_plain(&err), "{out} {err}");
        let all = out + &err;
        let at = all.find(shown).unwrap_or_else(|| panic!("{all}"));
        assert!(all[at..].contains(SHOWN), "{all}");
    }
    let (_, _, err) = run("mnist", &["--epochs", EVIL]);
    assert!(
        is_plain(&err) && err.contains(r"invalid value '\u{1b}[31mred\u{1b}]0;name\u{7}\u{9b}2J\u{202e}back\r' for"),
        "{err}"
    );
}

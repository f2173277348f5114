//! Suggestions of what the user may have meant.

use super::declared::HyperParameterOf;
use super::refusal::{Part, Refusal};
use crate::shape::ConstString;

/// `Conv2D has no …; it takes …`
pub(super) const fn unknown(kind: &str, declared: &[HyperParameterOf], key: &str, at: usize) -> Refusal {
    if declared.is_empty() {
        return Refusal {
            text: ConstString::new().str(kind).str(" takes no hyper-parameters: write `").str(kind).str("`"),
            part: Part::Key(at),
        };
    }
    if key.is_empty() {
        let text = ConstString::new().str("hyper-parameters are written with their names: ");
        let text = call(text, kind, declared);
        let text = if any_required(declared) { text } else { text.str(", or `").str(kind).str("` alone") };
        return Refusal { text, part: Part::Value(at) };
    }
    let mut text = ConstString::new().str(kind).str(" has no `").str(key).str("`");
    if let Some(near) = nearest(declared, key) {
        text = text.str(": did you mean `").str(near).str("`?");
        return Refusal { text: list(text.str(" It takes "), declared), part: Part::Key(at) };
    }
    Refusal { text: list(text.str("; it takes "), declared), part: Part::Key(at) }
}

/// Whether one of them has no default.
const fn any_required(declared: &[HyperParameterOf]) -> bool {
    let mut at = 0;
    while at < declared.len() {
        if declared[at].required {
            return true;
        }
        at += 1;
    }
    false
}

/// The text, then all names: `filters`, `kernel` and `stride`
const fn list(mut text: ConstString, declared: &[HyperParameterOf]) -> ConstString {
    let mut at = 0;
    while at < declared.len() {
        let between = if at == 0 {
            ""
        } else if at + 1 < declared.len() {
            ", "
        } else {
            " and "
        };
        text = text.str(between).str("`").str(declared[at].name).str("`");
        at += 1;
    }
    text
}

/// The text, then an example call of the layer in backticks: Conv2D(filters = …, kernel = …)
pub(super) const fn call(text: ConstString, kind: &str, declared: &[HyperParameterOf]) -> ConstString {
    let mut text = text.str("`").str(kind).str("(");
    let (mut at, mut count) = (0, 0);
    // The required ones, or the first if there are none.
    while at < declared.len() {
        if declared[at].required || at == 0 {
            text = text.str(if count > 0 { ", " } else { "" }).str(declared[at].name).str(" = …");
            count += 1;
        }
        at += 1;
    }
    text.str(")`")
}

/// The name most similar to `word`, if one is similar: a few letters differ, or one is the beginning of the other.
const fn nearest(declared: &[HyperParameterOf], word: &str) -> Option<&'static str> {
    let (mut best, mut least, mut at) = (None, word.len() / 3 + 1, 0);
    while at < declared.len() {
        let name = declared[at].name;
        let distance = distance(name.as_bytes(), word.as_bytes());
        if distance < least {
            (best, least) = (Some(name), distance);
        }
        at += 1;
    }
    at = 0;
    while best.is_none() && at < declared.len() {
        let (name, word) = (declared[at].name.as_bytes(), word.as_bytes());
        if word.len() >= 2 && (begins(name, word) || begins(word, name)) {
            best = Some(declared[at].name);
        }
        at += 1;
    }
    best
}

/// How many letters have to be changed, removed or inserted (Levenshtein 1966).
const fn distance(a: &[u8], b: &[u8]) -> usize {
    const MOST: usize = 32;
    if a.len() >= MOST || b.len() >= MOST {
        return MOST;
    }
    let (mut row, mut j) = ([0; MOST], 0);
    while j <= b.len() {
        row[j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= a.len() {
        let mut diagonal = row[0];
        row[0] = i;
        j = 1;
        while j <= b.len() {
            let change = diagonal + (a[i - 1] != b[j - 1]) as usize;
            diagonal = row[j];
            let skip = 1 + if row[j] < row[j - 1] { row[j] } else { row[j - 1] };
            row[j] = if change < skip { change } else { skip };
            j += 1;
        }
        i += 1;
    }
    row[b.len()]
}

const fn begins(long: &[u8], short: &[u8]) -> bool {
    long.len() >= short.len() && same(long.split_at(short.len()).0, short)
}

/// `a == b`, for constants.
pub(super) const fn equal(a: &str, b: &str) -> bool {
    same(a.as_bytes(), b.as_bytes())
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::HyperParameterKind;
    use super::*;

    const fn declared(name: &'static str, required: bool) -> HyperParameterOf {
        HyperParameterOf { name, kind: HyperParameterKind::Count, required }
    }

    const CONV: [HyperParameterOf; 4] =
        [declared("filters", true), declared("kernel", true), declared("stride", false), declared("padding", false)];

    #[test]
    fn the_nearest_name_is_suggested_if_one_is_near() {
        let near = [
            ("filter", "filters"),
            ("kernl", "kernel"),
            ("pad", "padding"),
            ("strides", "stride"),
            ("kernel_size", "kernel"),
        ];
        for (word, name) in near {
            assert_eq!(nearest(&CONV, word), Some(name), "{word}");
        }
        for word in ["units", "x", "", "a_word_that_is_longer_than_all_there_are"] {
            assert_eq!(nearest(&CONV, word), None, "{word}");
        }
    }

    #[test]
    fn a_refusal_says_what_there_is() {
        let text = |key| unknown("Conv2D", &CONV, key, 0).text;
        let list = "`filters`, `kernel`, `stride` and `padding`";
        assert_eq!(text("units").as_str(), format!("Conv2D has no `units`; it takes {list}"));
        assert_eq!(text("pading").as_str(), format!("Conv2D has no `pading`: did you mean `padding`? It takes {list}"));
        let call = "hyper-parameters are written with their names: `Conv2D(filters = …, kernel = …)`";
        assert_eq!(text("").as_str(), call);
        assert_eq!(unknown("ReLU", &[], "slope", 0).text.as_str(), "ReLU takes no hyper-parameters: write `ReLU`");
    }
}

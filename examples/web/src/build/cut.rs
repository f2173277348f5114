//! Functions and equations, cut from a file of Rust as rustfmt writes it.

/// Lines of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Lines {
    /// The number of the first line, from 1.
    pub line: usize,
    /// The lines, without the indentation that all of them have.
    pub code: String,
}

/// The function `name`, with its docs.
pub fn function(source: &str, name: &str) -> Result<Lines, String> {
    let lines: Vec<&str> = program(source);
    let mut starts = (0..lines.len()).filter(|&at| begins(lines[at], name));
    let Some(head) = starts.next() else { return Err(format!("there is no `fn {name}`")) };
    if let Some(other) = starts.next() {
        return Err(format!("`fn {name}` is there twice, in lines {} and {}", head + 1, other + 1));
    }
    let indent = indent(lines[head]);
    let is_doc = |line: &str| line.trim_start().starts_with("///") || line.trim_start().starts_with("#[");
    let first = (0..head).rev().take_while(|&at| is_doc(lines[at])).last().unwrap_or(head);
    let is_end = |line: &str| line.trim_end() == format!("{}}}", " ".repeat(indent));
    let last = match lines[head].ends_with('}') {
        true => Some(head),
        false => (head + 1..lines.len()).find(|&at| is_end(lines[at])),
    };
    let last = last.ok_or_else(|| format!("`fn {name}` in line {} has no end", head + 1))?;
    let is_kept = |line: &&&str| !line.trim_start().starts_with("#[inline");
    let kept = lines[first..=last].iter().filter(is_kept).map(|line| line.get(indent..).unwrap_or(""));
    Ok(Lines { line: first + 1, code: kept.collect::<Vec<_>>().join("\n") })
}

/// The first equation in the docs of the type `name`: their first block of text.
pub fn equation(source: &str, name: &str) -> Result<Lines, String> {
    let lines: Vec<&str> = program(source);
    let is_head = |line: &str| {
        let rest = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(['<', '(', ' ', ';']))
    };
    let head = lines.iter().position(|line| is_head(line)).ok_or_else(|| format!("there is no `pub struct {name}`"))?;
    let is_doc = |at: &usize| lines[*at].starts_with("///") || lines[*at].starts_with("#[");
    let first = (0..head).rev().take_while(is_doc).last().unwrap_or(head);
    let text = (first..head).find(|&at| lines[at] == "/// ```text");
    let text = text.ok_or_else(|| format!("the docs of `{name}` have no block of text"))?;
    let end = (text + 1..head).find(|&at| lines[at] == "/// ```");
    let end = end.ok_or_else(|| format!("the block of text in line {} has no end", text + 1))?;
    let inside = lines[text + 1..end].iter().map(|line| line.strip_prefix("/// ").unwrap_or(""));
    Ok(Lines { line: text + 2, code: inside.collect::<Vec<_>>().join("\n") })
}

/// The lines before the tests.
fn program(source: &str) -> Vec<&str> {
    source.lines().take_while(|line| *line != "#[cfg(test)]").collect()
}

/// Whether the function `name` begins in this line.
fn begins(line: &str, name: &str) -> bool {
    let mut rest = line.trim_start();
    for word in ["pub ", "pub(crate) ", "pub(super) ", "const "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let rest = rest.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| rest.starts_with(['(', '<']))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
//! A file.

/// A layer.
///
/// ```text
/// y = x
///     · 2
///
/// [N] → [N]
/// ```
///
/// ```text
/// another
/// ```
#[derive(Zeroable)]
pub struct Twice<T = f32>(T);

impl Twice {
    fn tape(_: usize) {}

    /// Doubles.
    #[inline]
    pub const fn forward<T>(
        x: T,
    ) -> T
    where
        T: Scalar,
    {
        if x {
            2 * x
        }
    }

    fn forward_all() {
    }
}

#[cfg(test)]
mod tests {
    fn tape() {}
}
";

    #[test]
    fn a_function_is_cut_with_its_docs() {
        let expected = "/// Doubles.\npub const fn forward<T>(\n    x: T,\n) -> T\nwhere\n    T: Scalar,\n{\n    if x {\n        \
            2 * x\n    }\n}";
        assert_eq!(function(SOURCE, "forward"), Ok(Lines { line: 21, code: expected.to_string() }));
        assert_eq!(function(SOURCE, "tape"), Ok(Lines { line: 19, code: "fn tape(_: usize) {}".to_string() }));
    }

    #[test]
    fn an_equation_is_the_first_block_of_text() {
        let expected = Lines { line: 6, code: "y = x\n    · 2\n\n[N] → [N]".to_string() };
        assert_eq!(equation(SOURCE, "Twice"), Ok(expected));
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(function(SOURCE, "backward").unwrap_err(), "there is no `fn backward`");
        assert_eq!(equation(SOURCE, "Thrice").unwrap_err(), "there is no `pub struct Thrice`");
        assert_eq!(equation("pub struct A;", "A").unwrap_err(), "the docs of `A` have no block of text");
        assert_eq!(function("fn a() {}\nfn a() {}", "a").unwrap_err(), "`fn a` is there twice, in lines 1 and 2");
        assert_eq!(function("fn a() {\n", "a").unwrap_err(), "`fn a` in line 1 has no end");
    }
}

//! What `print(model)` prints in PyTorch: modules with their arguments, and the modules inside them.
//!
//! ```text
//! Sequential(
//!   (0): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
//!   (1): ReLU()
//! )
//! ```

use super::super::fault::Damage;

/// A module.
#[derive(Debug, Default, PartialEq)]
pub struct Module {
    /// Its name in the module around it; empty for the outermost one.
    pub name: String,
    /// `Conv2d`
    pub kind: String,
    /// Its arguments as they are printed; the name is empty for those that are given by position.
    pub arguments: Vec<(String, String)>,
    pub children: Vec<Module>,
}

/// How deep modules may be inside modules.
const DEEPEST: usize = 64;
/// How many modules there may be.
const MOST: usize = 20_000;
/// The longest name, which is repeated in those of all modules inside.
const LONGEST: usize = 256;

/// Reads a printout.
///
/// # Errors
/// It is something else.
pub fn parse(text: &str) -> Result<Module, Damage> {
    let mut lines = Lines {
        lines: text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect(),
        at: 0,
        count: 0,
    };
    let module = lines.module(0)?;
    match lines.lines.get(lines.at) {
        None => Ok(module),
        Some((number, line)) => Err(damage(*number, line, "nothing after the last module")),
    }
}

fn damage(number: usize, line: &str, expected: &str) -> Damage {
    Damage::new(format!("line {}", number + 1), format!("`{}`", line.trim()), expected)
}

struct Lines<'a> {
    lines: Vec<(usize, &'a str)>,
    at: usize,
    count: usize,
}

impl Lines<'_> {
    /// A module that begins on the next line.
    fn module(&mut self, depth: usize) -> Result<Module, Damage> {
        let Some(&(number, line)) = self.lines.get(self.at) else {
            return Err(Damage::new("printout", "its end", "a module, or the `)` of one"));
        };
        self.at += 1;
        self.count += 1;
        if depth > DEEPEST || self.count > MOST {
            let expected = if depth > DEEPEST { "fewer modules inside each other" } else { "fewer modules" };
            return Err(damage(number, line, expected));
        }
        let whole = line.trim();
        let (name, rest) = match whole.strip_prefix('(').and_then(|rest| rest.split_once("): ")) {
            Some((name, rest)) => (name, rest),
            None => ("", whole),
        };
        if name.len() > LONGEST {
            return Err(damage(number, line, "a shorter name"));
        }
        let expected = "a module: `(0): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))`";
        let (kind, rest) = rest.split_once('(').ok_or_else(|| damage(number, line, expected))?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        if kind.is_empty() || !kind.chars().all(is_word) {
            return Err(damage(number, line, expected));
        }
        let mut module = Module { name: name.into(), kind: kind.into(), ..Module::default() };
        if let Some(arguments) = rest.strip_suffix(')') {
            module.arguments = split(arguments).ok_or_else(|| damage(number, line, expected))?;
            return Ok(module);
        }
        // Some modules print arguments of their own on a line before those inside them.
        while let Some(&(number, line)) = self.lines.get(self.at) {
            match line.trim() {
                ")" => {
                    self.at += 1;
                    return Ok(module);
                }
                inside if inside.starts_with('(') => module.children.push(self.module(depth + 1)?),
                inside => {
                    module.arguments.extend(split(inside).ok_or_else(|| damage(number, line, expected))?);
                    self.at += 1;
                }
            }
        }
        Err(Damage::new("printout", "its end", "a module, or the `)` of one"))
    }
}

/// Arguments between commas that are in no parentheses.
fn split(text: &str) -> Option<Vec<(String, String)>> {
    let (mut arguments, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, c) in text.char_indices().chain([(text.len(), ',')]) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                let argument = text.get(start..at)?.trim();
                let (name, value) = argument.split_once('=').unwrap_or(("", argument));
                if !value.is_empty() {
                    arguments.push((name.trim().into(), value.trim().into()));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    (depth == 0).then_some(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_inside_modules() {
        let text =
            "Sequential(\n  (conv): Conv2d(1, 6, kernel_size=(5, 5))\n  (1): Residual(\n    (body): Tanh()\n  )\n)\n";
        let module = parse(text).unwrap();
        let [conv, block] = &module.children[..] else { panic!("{module:?}") };
        assert_eq!((&*conv.name, &*conv.kind), ("conv", "Conv2d"));
        let arguments: Vec<_> = conv.arguments.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(arguments, [("", "1"), ("", "6"), ("kernel_size", "(5, 5)")]);
        assert_eq!((&*block.children[0].name, &*block.children[0].kind), ("body", "Tanh"));
        assert_eq!(parse("ReLU()").unwrap().kind, "ReLU");
    }

    #[test]
    fn anything_else_is_refused() {
        let text = "Sequential(\n  (0): Conv2d(1, 6, kernel_size=(5, 5))\n  (1): ReLU()\n)";
        for end in 1..text.len() - 1 {
            assert!(parse(&text[..end]).is_err(), "{}", &text[..end]);
        }
        let refusal = parse("Sequential(\n  hello\n  (0): ReLU)\n)").unwrap_err();
        assert_eq!((&*refusal.what, &*refusal.found), ("line 3", "`(0): ReLU)`"));
        let deep = "A(\n  (0): ".repeat(100_000);
        assert!(parse(&format!("A(\n{}", "(0): A(\n".repeat(100_000))).is_err() && parse(&deep).is_err());
        let many = parse(&format!("A(\n{})", "(0): B()\n".repeat(100_000))).unwrap_err();
        assert_eq!((&*many.what, &*many.expected), ("line 20001", "fewer modules"));
        let long = parse(&format!("A(\n({}): B()\n)", "n".repeat(1000))).unwrap_err();
        assert_eq!((&*long.what, &*long.expected), ("line 2", "a shorter name"));
    }
}

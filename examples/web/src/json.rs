//! JSON for the page, which reads it with the browser's own parser.

use std::fmt::Write;

/// A JSON object that is being written.
pub struct Json {
    text: String,
    ends: Vec<char>,
}

impl Json {
    /// An empty object.
    pub fn object() -> Json {
        Json { text: "{".into(), ends: vec!['}'] }
    }

    /// A value: with its name, if it is in an object.
    fn value(&mut self, name: &str) -> &mut Json {
        if !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
        if !name.is_empty() {
            self.string(name);
            self.text.push(':');
        }
        self
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.text.extend(['\\', character]),
                ' '.. => self.text.push(character),
                _ => _ = write!(self.text, "\\u{:04x}", u32::from(character)),
            }
        }
        self.text.push('"');
    }

    /// Begins an object, `{`, or an array, `[`.
    pub fn open(&mut self, name: &str, bracket: char) -> &mut Json {
        self.value(name).text.push(bracket);
        self.ends.push(if bracket == '{' { '}' } else { ']' });
        self
    }

    /// Ends the last object or array.
    pub fn close(&mut self) -> &mut Json {
        self.text.extend(self.ends.pop());
        self
    }

    /// A text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Json {
        self.value(name).string(text);
        self
    }

    /// A number; one that JSON does not know is `null`.
    pub fn number(&mut self, name: &str, number: f64) -> &mut Json {
        let json = self.value(name);
        _ = if number.is_finite() { write!(json.text, "{number}") } else { write!(json.text, "null") };
        self
    }

    /// An array of whole numbers.
    pub fn numbers(&mut self, name: &str, numbers: &[usize]) -> &mut Json {
        self.value(name);
        _ = write!(self.text, "{numbers:?}");
        self
    }

    /// The text, everything in it ended.
    pub fn end(mut self) -> String {
        while !self.ends.is_empty() {
            self.close();
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_by_hand() {
        let mut json = Json::object();
        json.open("a", '[').text("", "x\"\n").number("", 0.5).close().numbers("b", &[1, 2]).open("c", '{');
        json.number("d", f64::NAN);
        assert_eq!(json.end(), r#"{"a":["x\"\u000a",0.5],"b":[1, 2],"c":{"d":null}}"#);
    }
}

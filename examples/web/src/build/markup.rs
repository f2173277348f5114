//! The tags of the page that name a file.

/// A `<link>` or `<script>` in a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// `link` or `script`
    pub name: &'a str,
    /// Its attributes as they are written, names and values; without `=`, the value is empty.
    pub attributes: Vec<(&'a str, &'a str)>,
    /// Where in the page it begins.
    pub start: usize,
    /// Where it ends: a script with its `</script>`.
    pub end: usize,
    /// The line it is in, from 1.
    pub line: usize,
    /// What stands inside of a script.
    pub inside: &'a str,
}

impl Tag<'_> {
    /// The value of an attribute.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }
}

/// All links and scripts of a page, outside of its comments.
pub fn tags(page: &str) -> Result<Vec<Tag<'_>>, String> {
    let (mut tags, mut at) = (Vec::new(), 0);
    while let Some(found) = page[at..].find('<') {
        let start = at + found;
        let rest = &page[start..];
        let line = page[..start].lines().count().max(1) + usize::from(page[..start].ends_with('\n'));
        if rest.starts_with("<!--") {
            let end = rest.find("-->").ok_or_else(|| format!("line {line}: a comment has no `-->`"))?;
            at = start + end + 3;
            continue;
        }
        let Some(name) = ["link", "script"]
            .into_iter()
            .find(|name| rest[1..].strip_prefix(name).is_some_and(|after| after.starts_with([' ', '>', '\n', '/'])))
        else {
            at = start + 1;
            continue;
        };
        let open = close(rest).ok_or_else(|| format!("line {line}: `<{name}` has no `>`"))?;
        let attributes = attributes(rest[1 + name.len()..open].trim_end_matches('/'));
        let (inside, length) = if name == "script" {
            let inside = rest[open + 1..].find("</script>");
            let inside = inside.ok_or_else(|| format!("line {line}: a script has no `</script>`"))?;
            (&rest[open + 1..][..inside], open + 1 + inside + "</script>".len())
        } else {
            ("", open + 1)
        };
        at = start + length;
        tags.push(Tag { name, attributes, start, end: at, line, inside });
    }
    Ok(tags)
}

/// Where the tag at the beginning of `rest` ends: its `>`, which is not in quotes.
fn close(rest: &str) -> Option<usize> {
    let mut quote = None;
    rest.char_indices().find_map(|(at, c)| {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '>' => return Some(at),
            _ => {}
        }
        None
    })
}

fn attributes(mut text: &str) -> Vec<(&str, &str)> {
    let mut attributes = Vec::new();
    loop {
        text = text.trim_start();
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if name.is_empty() {
            return attributes;
        }
        let value;
        (value, text) = match rest.strip_prefix('=') {
            None => ("", rest),
            Some(rest) => match rest.strip_prefix(['"', '\'']) {
                Some(quoted) => quoted.split_once(&rest[..1]).unwrap_or((quoted, "")),
                None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
            },
        };
        attributes.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_outside_of_comments() {
        let page = "<!-- <script src=\"no.js\"></script> -->\n<links>\n<link rel=\"stylesheet\" href='a.css'/>\n\
            <script defer type=text/plain id=\"x>y\"\n src=\"b.js\">in <link></script>";
        let found = tags(page).unwrap();
        assert_eq!(found.len(), 2);
        let [link, script] = [&found[0], &found[1]];
        assert_eq!(
            (link.name, link.line, &page[link.start..link.end]),
            ("link", 3, "<link rel=\"stylesheet\" href='a.css'/>")
        );
        assert_eq!(
            (link.value("rel"), link.value("href"), link.value("src")),
            (Some("stylesheet"), Some("a.css"), None)
        );
        assert_eq!((script.name, script.line, script.inside, script.end), ("script", 4, "in <link>", page.len()));
        assert_eq!(script.attributes, [("defer", ""), ("type", "text/plain"), ("id", "x>y"), ("src", "b.js")]);
    }

    #[test]
    fn what_does_not_end_is_an_error_with_its_line() {
        assert_eq!(tags("\n<script>").unwrap_err(), "line 2: a script has no `</script>`");
        assert_eq!(tags("\n\n <script id=\">").unwrap_err(), "line 3: `<script` has no `>`");
        assert_eq!(tags("<!-- ").unwrap_err(), "line 1: a comment has no `-->`");
    }
}

//! The page in one file: what its tags name is put in their place.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::markup::{Tag, tags};
use super::{encode, read};

/// An assembled page.
pub struct Page {
    /// The file.
    pub text: String,
    /// How many bytes of it are from what.
    pub parts: Vec<(String, usize)>,
}

/// Puts together the page in `folder` with the parts that were `made`, by their names.
pub fn page(folder: &Path, made: &BTreeMap<&str, Vec<u8>>) -> Result<Page, String> {
    let file = folder.join("index.html");
    let template = read(&file)?;
    let within = |text: String| format!("{}: {text}", file.display());
    let (mut page, mut at) = (Page { text: String::new(), parts: Vec::new() }, 0);
    let mut own = template.len();
    for tag in tags(&template).map_err(within)? {
        let part = part(&tag, folder, made).map_err(|text| within(format!("line {}: {text}", tag.line)))?;
        if let Some((name, inline)) = part {
            page.text.push_str(&template[at..tag.start]);
            page.text.push_str(&inline);
            page.parts.push((name, inline.len()));
            own -= tag.end - tag.start;
            at = tag.end;
        }
    }
    page.text.push_str(&template[at..]);
    page.parts.insert(0, ("index.html, without the parts".to_string(), own));
    Ok(page)
}

/// The name of the file that a tag names, and what stands in place of the tag; `None` if it names none.
fn part(tag: &Tag<'_>, folder: &Path, made: &BTreeMap<&str, Vec<u8>>) -> Result<Option<(String, String)>, String> {
    if tag.name == "link" {
        if tag.value("rel") != Some("stylesheet") {
            return Ok(None);
        }
        let name = tag.value("href").ok_or("a stylesheet has no `href`")?;
        return Ok(Some((name.to_string(), format!("<style>\n{}</style>", style(name, &read(&folder.join(name))?)?))));
    }
    let Some(name) = tag.value("src") else { return Ok(None) };
    if !tag.inside.trim().is_empty() {
        return Err(format!("the script {name} has text of its own inside: found {:?}", tag.inside.trim()));
    }
    if let Some(attribute) = ["async", "defer"].into_iter().find(|attribute| tag.value(attribute).is_some()) {
        return Err(format!("the script {name} is `{attribute}`, which means nothing once it is inline: remove it"));
    }
    let content = match tag.value("type") {
        Some("application/octet-stream") => match made.get(name) {
            Some(bytes) => encode::packed(bytes)?,
            None => {
                let file = folder.join(name);
                let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
                encode::packed(&bytes)?
            }
        },
        Some("application/json") if made.contains_key(name) => {
            String::from_utf8(made[name].clone()).map_err(|error| format!("{name}: {error}"))?
        }
        Some("application/json") => read(&folder.join(name))?.replace('<', "\\u003c"),
        None | Some("" | "module" | "text/javascript" | "text/plain") => script(&read(&folder.join(name))?),
        Some(other) => return Err(format!("the script {name} is of type {other:?}, which the builder does not know")),
    };
    let kept = tag.attributes.iter().filter(|(name, _)| *name != "src");
    let kept: String = kept.map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
    Ok(Some((name.to_string(), format!("<script{kept}>{content}</script>"))))
}

/// JavaScript that does not end the `<script>` it stands in, and begins no comment of HTML there: the same program, as these stand
/// in strings, templates and regular expressions, or in comments.
fn script(text: &str) -> String {
    let mut escaped = String::from("\n");
    for (at, piece) in text.split('<').enumerate() {
        let begins = |with: &str| piece.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
        escaped.push_str(match at {
            0 => "",
            _ if begins("/script") || begins("!--") => "<\\",
            _ => "<",
        });
        escaped.push_str(piece);
    }
    escaped
}

/// A style that stands in the page: without requests, and without the end of its tag.
fn style(name: &str, text: &str) -> Result<String, String> {
    for (line, content) in text.lines().enumerate() {
        let refused = |what: &str| Err(format!("{name}, line {}: found {what} in {:?}", line + 1, content.trim()));
        if content.to_ascii_lowercase().contains("</style") {
            return refused("the end of a style");
        }
        if content.contains("@import") {
            return refused("`@import`, which is a request,");
        }
        let urls =
            content.match_indices("url(").map(|(at, open)| content[at + open.len()..].trim_start_matches(['"', '\'']));
        if urls.into_iter().any(|url| !url.starts_with("data:") && !url.starts_with('#')) {
            return refused("a `url(…)` that is a request");
        }
    }
    Ok(text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own with these files.
    fn folder(name: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("shapeproof-web-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn everything_is_in_one_file() {
        let index = "<!doctype html><link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"a.css\">\n\
            <script type=\"application/octet-stream\" id=\"module\" src=\"module.wasm\"></script>\
            <script type=\"application/json\" id=\"sources\" src=\"sources\"></script>\
            <script type=\"text/plain\" id=\"worker\" src=\"w.js\"></script><script src=\"a.js\"></script><p>end";
        let files = [
            ("index.html", index),
            ("a.css", "p { color: red }\n"),
            ("a.js", "x = '</script><!--<script>';\n"),
            ("w.js", "1 < 2;\n"),
        ];
        let folder = folder("whole", &files);
        let made = BTreeMap::from([("module.wasm", b"bytes".to_vec()), ("sources", b"{}".to_vec())]);
        let page = page(&folder, &made).unwrap();
        let module = encode::packed(b"bytes").unwrap();
        let expected = format!(
            "<!doctype html><link rel=\"icon\" href=\"data:,\">\n<style>\np {{ color: red }}\n</style>\n\
            <script type=\"application/octet-stream\" id=\"module\">{module}</script>\
            <script type=\"application/json\" id=\"sources\">{{}}</script>\
            <script type=\"text/plain\" id=\"worker\">\n1 < 2;\n</script>\
            <script>\nx = '<\\/script><\\!--<script>';\n</script><p>end"
        );
        assert_eq!(page.text, expected);
        assert_eq!(page.parts.iter().map(|(_, bytes)| bytes).sum::<usize>(), page.text.len());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let refusal = |name: &str, index: &str| {
            let folder =
                folder(name, &[("index.html", index), ("far.css", "\np { background: url(\"x.png\") }"), ("a.js", "")]);
            let text = page(&folder, &BTreeMap::new()).err().unwrap();
            fs::remove_dir_all(&folder).unwrap();
            text.replace(&folder.display().to_string(), "page")
        };
        assert_eq!(
            refusal("style", "\n<link rel=stylesheet href=far.css>"),
            "page/index.html: line 2: far.css, line 2: found a `url(…)` that is a request in \
            \"p { background: url(\\\"x.png\\\") }\""
        );
        assert!(refusal("none", "<script src=\"b.js\"></script>").starts_with("page/index.html: line 1: page/b.js: "));
        let deferred = refusal("defer", "<script defer src=\"a.js\"></script>");
        assert!(deferred.contains("the script a.js is `defer`, which means nothing once it is inline"), "{deferred}");
        let unknown = refusal("type", "<script type=\"text/x\" src=\"a.js\"></script>");
        assert!(
            unknown.contains("the script a.js is of type \"text/x\", which the builder does not know"),
            "{unknown}"
        );
    }
}

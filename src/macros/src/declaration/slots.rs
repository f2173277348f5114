//! The slots of hyper-parameters in a layer's type.
//!
//! Each name in the type stands for one slot of `Kind::Of`, or for two.

use proc_macro::{Ident, TokenStream, TokenTree};

use super::Kind;
use crate::tokens::{Mistake, fill, parse, respan};
use crate::write::SLOTS;

/// The names in a layer's type that begin with a small letter and are no hyper-parameter's.
const PRIMITIVE: [&str; 22] = [
    "f32", "f64", "usize", "isize", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "bool",
    "char", "str", "true", "false", "as", "crate", "self",
];

/// The slots of the type that have been assigned.
pub struct Slots<'a> {
    used: [usize; 3],
    /// `.numbers(0, filters)…`
    pub sets: TokenStream,
    home: TokenStream,
    layer: &'a Ident,
}

impl Slots<'_> {
    pub fn new(home: TokenStream, layer: &Ident) -> Slots<'_> {
        Slots { used: [0; 3], sets: TokenStream::new(), home, layer }
    }

    /// The type with slots in place of hyper-parameters, and tensors in place of `Input` and `Output`.
    pub fn replace(
        &mut self,
        tokens: Vec<TokenTree>,
        variables: &[(&Ident, Option<Kind>)],
    ) -> Result<TokenStream, Mistake> {
        let mut replaced = TokenStream::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let TokenTree::Ident(name) = &token else {
                replaced.extend([token]);
                continue;
            };
            let is_path = matches!(tokens.peek(), Some(TokenTree::Punct(mark)) if ":!".contains(mark.as_char()));
            let variable = variables.iter().find(|variable| variable.0.to_string() == name.to_string());
            replaced.extend(match (variable, name.to_string().as_str()) {
                (Some(&(_, Some(kind))), _) if kind != Kind::Padding => self.give(name, kind)?,
                (Some(_), _) => {
                    let text = format!(
                        "`{name}` is no number: compute those of the type from it, as in `let before: [usize; 2] = …`"
                    );
                    return Err(Mistake::new(name.span(), text));
                }
                (None, "Input") => self.tensor("C, H, W"),
                (None, "Output") => self.tensor("OC, OH, OW"),
                (None, word) if !is_path && word.starts_with(char::is_lowercase) && !PRIMITIVE.contains(&word) => {
                    let text = format!("`{word}` is no hyper-parameter of `{}`", self.layer);
                    return Err(Mistake::new(name.span(), text));
                }
                (None, _) => token.into(),
            });
        }
        Ok(replaced)
    }

    fn tensor(&self, dims: &str) -> TokenStream {
        let tensor = respan(parse(&format!("::tensor::Tensor<{dims}, T>")), self.layer.span());
        self.home.clone().into_iter().chain(tensor).collect()
    }

    fn give(&mut self, name: &Ident, kind: Kind) -> Result<TokenStream, Mistake> {
        let (.., count, of) = kind.row();
        let (slots, letter, most) = SLOTS[of];
        if self.used[of] + count > most {
            let text = format!("a layer's type takes at most {most} {slots} beside its shapes: this is one too many");
            return Err(Mistake::new(name.span(), text));
        }
        let mut given = TokenStream::new();
        for at in 0..count {
            let slot = self.used[of];
            self.used[of] += 1;
            let comma = if at > 0 { "," } else { "" };
            given.extend(fill(
                &format!("{comma} #slot"),
                &[("slot", respan(parse(&format!("{letter}{slot}")), self.layer.span()))],
            ));
            let value = match kind {
                Kind::Axes => format!("#name[{at}]"),
                Kind::Real => "#name.to_bits()".to_string(),
                Kind::Count | Kind::Flag | Kind::Padding => "#name".to_string(),
            };
            let template = format!(".{slots}({slot}, {value})");
            self.sets.extend(fill(&template, &[("name", TokenTree::from(name.clone()).into())]));
        }
        Ok(given)
    }
}

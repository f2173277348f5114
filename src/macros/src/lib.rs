//! The procedural macros of `shapeproof`, exported as `shapeproof::network!` and `shapeproof::hyper_parameters!`.
//!
//! Why procedural macros: newcomers' ten most common mistakes are a misspelt hyper-parameter, a misspelt layer, a string for a
//! number, positional arguments, `:` for `=`, a forgotten comma, an input of two axes, a negative padding, a layer without its
//! parentheses, and a list of three. For most of them, the errors of `macro_rules!` showed the inside of the macro. Helper types
//! gave clear errors for half of them. The others need the spans of the tokens, to point at the mistake.
//!
//! The macros use nothing but the compiler's `proc_macro`, so they compile in a second. They do not evaluate hyper-parameters or
//! shapes. [`network!`](macro@network) writes constants that do, each with the span in the user's source where its error belongs.
//!
//! | module | |
//! |---|---|
//! | `tokens` | reading and writing of tokens; a mistake and its place |
//! | `read` | the user's input as a tree: head, layers, hyper-parameters |
//! | `write` | the output for that tree: the network's plan, its check, and its type |
//! | `declaration` | the declaration of a layer: how it is read, and what is written for it |

mod declaration;
mod read;
mod tokens;
mod write;

use proc_macro::{TokenStream, TokenTree};

use tokens::Cursor;

/// The input is `[file::Layer …] $crate` and what the user wrote.
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let table = input.next();
    let kinds: Vec<String> = match table {
        Some(TokenTree::Group(table)) => table
            .stream()
            .into_iter()
            .map(|token| token.to_string())
            .filter(|word| word.starts_with(char::is_uppercase))
            .collect(),
        _ => Vec::new(),
    };
    let (home, cursor) = home(input.collect());
    match read::network(cursor, &kinds) {
        Ok(reading) => write::network(&write::Origin { home, kinds }, reading),
        Err(mistake) => mistake.into_tokens(),
    }
}

/// The input is `$crate` and what the user wrote.
#[proc_macro]
pub fn hyper_parameters(input: TokenStream) -> TokenStream {
    let (home, cursor) = home(input);
    let layer = match cursor.peek() {
        Some(TokenTree::Ident(layer)) => Some(layer.clone()),
        _ => None,
    };
    declaration::declare(&home, cursor).unwrap_or_else(|mistake| {
        let mut tokens = mistake.into_tokens();
        tokens.extend(layer.map(|layer| declaration::reported(&home, &layer)));
        tokens
    })
}

/// The path of the main crate, which the wrappers of these macros pass on, and a cursor at the tokens after it.
fn home(input: TokenStream) -> (TokenStream, Cursor) {
    let mut cursor = Cursor::new(input);
    (cursor.next().into_iter().collect(), cursor)
}

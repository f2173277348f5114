//! The procedural macros of `shapeproof`, which users know as `shapeproof::network!` and `shapeproof::hyper_parameters!`.
//!
//! Why procedural macros: of the ten mistakes that newcomers make most (a misspelt hyper-parameter, a misspelt layer, a string for a number,
//! positional arguments, `:` for `=`, a forgotten comma, an input of two axes, a negative padding, a layer without its parentheses, a list
//! of three), `macro_rules!` showed the macro's own inside for most. With helper types it could be brought to good words for half of
//! them. The others need what only tokens have: a place of their own, to be named in the error.
//!
//! They read tokens and write tokens, with nothing but the compiler's `proc_macro`, so they compile in a second. What a hyper-parameter
//! is worth and which shapes fit is for the compiler to compute: [`network!`](macro@network) writes constants that do, and gives each
//! of them the place in the user's source at which to complain.
//!
//! | module | |
//! |---|---|
//! | `tokens` | reading and writing of tokens; a mistake and its place |
//! | `read` | what the user wrote, as a tree: head, layers, hyper-parameters |
//! | `write` | from that tree, the plan of the network, its check, and its type |
//! | `declaration` | how a layer is declared: what it takes, and what is written for that |

mod declaration;
mod read;
mod tokens;
mod write;

use proc_macro::{TokenStream, TokenTree};

use tokens::Cursor;

/// `[file::Layer …] $crate what the user wrote`
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let table = input.next();
    let kinds = match table {
        Some(TokenTree::Group(table)) => table
            .stream()
            .into_iter()
            .map(|token| token.to_string())
            .filter(|word| word.starts_with(char::is_uppercase))
            .collect(),
        _ => Vec::new(),
    };
    let (home, cursor) = home(input.collect());
    match read::network(cursor) {
        Ok(reading) => write::network(&write::Origin { home, kinds }, reading),
        Err(mistake) => mistake.into_tokens(),
    }
}

/// `$crate what the user wrote`
#[proc_macro]
pub fn hyper_parameters(input: TokenStream) -> TokenStream {
    let (home, cursor) = home(input);
    declaration::declare(&home, cursor).unwrap_or_else(|mistake| mistake.into_tokens())
}

/// The name of the crate that all else is in, which the macros in front of these pass on, and what comes after it.
fn home(input: TokenStream) -> (TokenStream, Cursor) {
    let mut cursor = Cursor::new(input);
    (cursor.next().into_iter().collect(), cursor)
}

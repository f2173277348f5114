//! What comes before the layers: `pub type Net<T> = [1, 28, 28; T]`.

use proc_macro::{Delimiter, Group, Ident, Punct, Span, TokenStream, TokenTree};

use super::{argument, value};
use crate::tokens::{Cursor, Mistake, Place, is_arrow, is_mark, is_reserved, parse, split};

/// `pub type Net<T> =`
pub struct Head {
    /// `#[…]`, including doc comments.
    pub attributes: TokenStream,
    /// `pub`
    pub visibility: TokenStream,
    pub name: Ident,
    /// `T`, if the network is generic over its scalar.
    pub generic: Option<Ident>,
}

/// `[1, 28, 28; T]`
pub struct Input {
    /// The expressions for channels, height and width.
    pub axes: [TokenStream; 3],
    /// Where they are in the source.
    pub place: Place,
    /// `f32`
    pub scalar: TokenStream,
}

const AXES: &str = "the input's shape has three axes, `[channels, height, width]`";

pub fn read(cursor: &mut Cursor) -> Result<Head, Mistake> {
    let attributes = attributes(cursor);
    let visibility = visibility(cursor);
    let example = "`type Net = [1, 28, 28] => Flatten, Dense(units = 10)`";
    match cursor.peek() {
        Some(TokenTree::Ident(word)) if word.to_string() == "type" => cursor.next(),
        Some(TokenTree::Ident(word)) => {
            let text = format!("a network is defined as a type, {example}: here is `{word}` instead of `type`");
            return Err(Mistake::new(word.span(), text));
        }
        Some(other) => return Err(Mistake::new(other.span(), format!("a network is defined as a type: {example}"))),
        None => return Err(Mistake::new(cursor.span(), format!("here is no network; write {example}"))),
    };
    let place = cursor.span();
    let named = |place| Mistake::new(place, format!("after `type` comes the network's name: {example}"));
    let name = cursor.take_name().ok_or_else(|| named(place))?;
    if is_reserved(&name.to_string()) {
        return Err(Mistake::new(
            place,
            format!("`{name}` cannot be a network's name, as Rust uses it itself: {example}"),
        ));
    }
    let generic = match cursor.take_mark('<') {
        true => Some(generic(cursor, &name)?),
        false => None,
    };
    if !cursor.take_mark('=') {
        let text = match cursor.peek() {
            Some(TokenTree::Ident(word)) if word.to_string() == "where" => {
                format!("a network has no `where`: write `type {name} = [1, 28, 28] => …`")
            }
            Some(TokenTree::Punct(mark)) if mark.as_char() == '-' && !is_arrow(cursor.rest(), '-') => {
                "a network's name is of letters, digits and underscores: `type MyNet = [1, 28, 28] => …`".to_string()
            }
            _ => {
                format!("between the network's name and its input's shape stands `=`: `type {name} = [1, 28, 28] => …`")
            }
        };
        return Err(Mistake::new(cursor.place(), text));
    }
    Ok(Head { attributes, visibility, name, generic })
}

fn attributes(cursor: &mut Cursor) -> TokenStream {
    let mut attributes = TokenStream::new();
    while let [TokenTree::Punct(mark), TokenTree::Group(group), ..] = cursor.rest()
        && mark.as_char() == '#'
    {
        attributes.extend([TokenTree::from(mark.clone()), group.clone().into()]);
        cursor.next();
        cursor.next();
    }
    attributes
}

fn visibility(cursor: &mut Cursor) -> TokenStream {
    let mut visibility = TokenStream::new();
    if let Some(TokenTree::Ident(word)) = cursor.peek()
        && word.to_string() == "pub"
    {
        visibility.extend(cursor.next());
        if let Some(TokenTree::Group(group)) = cursor.peek()
            && group.delimiter() == Delimiter::Parenthesis
        {
            visibility.extend(cursor.next());
        }
    }
    visibility
}

/// `T>`: the only parameter a network can have.
fn generic(cursor: &mut Cursor, name: &Ident) -> Result<Ident, Mistake> {
    let place = cursor.span();
    match cursor.take_name() {
        Some(word) if word.to_string() == "const" => {
            let text = "a size cannot be a parameter of a network: on stable Rust, the shapes that follow from it could not be computed. \
                Write a network for each size, by a `macro_rules!` of your own around `network!`: the example `widths` does";
            Err(Mistake::new(word.span(), text))
        }
        Some(scalar) if cursor.take_mark('>') => Ok(scalar),
        _ => {
            let text = format!(
                "a network has one parameter at most, its scalar, which has no bound: `type {name}<T> = [1, 28, 28; T] => …`"
            );
            Err(Mistake::new(place, text))
        }
    }
}

/// `[1, 28, 28]`, or `[1, 28, 28; f64]`
pub fn input(cursor: &mut Cursor, head: &Head) -> Result<Input, Mistake> {
    let input = match cursor.next() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => axes(&group, head.generic.as_ref()),
        Some(TokenTree::Group(group)) => Err(Mistake::new(group.span(), format!("{AXES}, in brackets: `[1, 28, 28]`"))),
        Some(TokenTree::Ident(word)) => {
            let text =
                format!("before the layers comes the input's shape: `type {} = [1, 28, 28] => {word} …`", head.name);
            Err(Mistake::new(word.span(), text))
        }
        Some(other) => Err(Mistake::new(other.span(), format!("{AXES}, in brackets: `[1, 28, 28]`"))),
        None => Err(Mistake::new(cursor.span(), format!("{AXES}: `[1, 28, 28]`"))),
    }?;
    match &head.generic {
        Some(scalar) if input.scalar.to_string() != scalar.to_string() => {
            let text =
                format!("`{}` has a scalar `{scalar}`, and its input has not: `[1, 28, 28; {scalar}]`", head.name);
            Err(Mistake::new(scalar.span(), text))
        }
        _ => Ok(input),
    }
}

fn axes(group: &Group, generic: Option<&Ident>) -> Result<Input, Mistake> {
    let place = group.span();
    let mut parts = split(group.stream(), ';').into_iter();
    let (shape, semicolon) = parts.next().unwrap_or_default();
    let next = parts.clone().next();
    if let (Some(semicolon), Some(([TokenTree::Literal(number), ..], _))) =
        (&semicolon, next.as_ref().map(|(next, end)| (&next[..], end)))
        && number.to_string().starts_with(|first: char| first.is_ascii_digit())
    {
        return Err(Mistake::new(semicolon.span(), "between axes stand commas, not `;`: `[1, 28, 28]`"));
    }
    let scalar = match (semicolon, parts.next(), parts.next()) {
        (None, _, _) => parse("f32"),
        (Some(_), Some((scalar, None)), None) => scalar_of(scalar, generic)?,
        (Some(semicolon), ..) => {
            let text = "after the `;` comes the scalar, `f32` or `f64`: `[1, 28, 28; f64]`";
            return Err(Mistake::new(semicolon.span(), text));
        }
    };
    let axes = split(shape.into_iter().collect(), ',');
    if let Some((_, comma)) = axes.iter().find(|(axis, comma)| axis.is_empty() && comma.is_some()) {
        let place = comma.as_ref().map_or(place, Punct::span);
        return Err(Mistake::new(place, "nothing stands before this comma: remove it"));
    }
    let axes: Vec<Vec<TokenTree>> = axes.into_iter().map(|(axis, _)| axis).collect();
    for axis in &axes {
        if let [TokenTree::Group(group)] = &axis[..]
            && group.delimiter() == Delimiter::Parenthesis
            && axes.len() == 1
        {
            return Err(Mistake::new(group.span(), format!("{AXES}, in brackets alone: `[1, 28, 28]`")));
        }
        argument::one_value(axis)?;
        if let [TokenTree::Ident(name), rest @ ..] = &axis[..]
            && (is_mark(rest, '=') || is_mark(rest, ':'))
        {
            return Err(Mistake::new(name.span(), format!("{AXES}, written without their names: `[1, 28, 28]`")));
        }
        if let Some(what) = value::no_size(axis) {
            return Err(Mistake::new(&axis[..], format!("{AXES}, which are whole numbers: this is {what}")));
        }
    }
    let axes: [Vec<TokenTree>; 3] = axes.try_into().map_err(|axes: Vec<_>| count(&axes, place))?;
    Ok(Input { axes: axes.map(|axis| axis.into_iter().collect()), place: place.into(), scalar })
}

/// `f64`, or the name of a type that is one of the two.
fn scalar_of(tokens: Vec<TokenTree>, generic: Option<&Ident>) -> Result<TokenStream, Mistake> {
    let only = |what: &str| format!("a network computes in `f32` or in `f64`, not in {what}");
    for pair in tokens.windows(2) {
        if matches!(&pair[1], TokenTree::Punct(mark) if mark.as_char() == ',')
            || matches!(pair, [TokenTree::Ident(_), TokenTree::Ident(_)])
        {
            return Err(Mistake::new(pair[1].span(), "one scalar stands after the `;`: `[1, 28, 28; f32]`"));
        }
    }
    match &tokens[..] {
        [TokenTree::Ident(scalar)] => {
            let word = scalar.to_string();
            let is_type =
                ["f32", "f64"].contains(&&*word) || generic.is_some_and(|generic| generic.to_string() == word);
            // Only the language's own types begin with a small letter.
            let is_other =
                word.starts_with(|first: char| first.is_lowercase()) || ["F32", "F64", "String"].contains(&&*word);
            if is_other && !is_type {
                return Err(Mistake::new(scalar.span(), only(&format!("`{word}`"))));
            }
        }
        [TokenTree::Literal(literal)] => return Err(Mistake::new(literal.span(), only(&format!("`{literal}`")))),
        [TokenTree::Punct(mark), ..] if mark.as_char() == '&' => {
            return Err(Mistake::new(&tokens[..], only("a reference")));
        }
        _ => {}
    }
    Ok(tokens.into_iter().collect())
}

fn count(axes: &[Vec<TokenTree>], place: Span) -> Mistake {
    let written = |axis: &[TokenTree]| axis.iter().cloned().collect::<TokenStream>();
    let text = match axes {
        [] => format!("{AXES}, and here are none"),
        [length] => format!("{AXES}, and here is one: for vectors, `[{}, 1, 1]`", written(length)),
        [height, width] => {
            format!("{AXES}, and here are two: for gray images, `[1, {}, {}]`", written(height), written(width))
        }
        [.., last] if matches!(&last[..], [TokenTree::Ident(name)] if ["f32", "f64"].contains(&&*name.to_string())) => {
            return Mistake::new(&last[..], "the scalar stands after a semicolon: `[1, 28, 28; f64]`");
        }
        [_, axes @ ..] if axes.len() == 3 => {
            let [channels, height, width] = [0, 1, 2].map(|axis| written(&axes[axis]));
            let text = "and here are four; how many samples there are is left open:";
            format!("{AXES}, {text} `[{channels}, {height}, {width}]`")
        }
        axes => format!("{AXES}, and here are {}", axes.len()),
    };
    Mistake::new(place, text)
}

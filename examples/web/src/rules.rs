//! The rules of `network!` while the page runs: the compiler's own messages without a compiler.
//!
//! `network!` computes shapes by constant functions, `shapeproof::shape::inference`. They are functions like others, too: here they
//! are called on layers that somebody types. What is read before the rules, the words and numbers of a line, is read as `network!`
//! reads it, and refused in its words.

mod kinds;
mod read;
mod tokens;
mod value;

use std::fmt;
use std::ops::Range;

use shapeproof::layer::Name;
use shapeproof::layer::declaration::{HyperParameters, Part, Refusal, Written};
use shapeproof::shape::inference;
use shapeproof::shape::{ConstString, Dims};

use read::Call;
use tokens::Token;

/// A layer that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands, in units of UTF-16 from the beginning of the text.
    pub place: Range<usize>,
    /// The shape of its output: channels, height, width.
    pub output: [usize; 3],
    /// How many parameters it trains.
    pub parameters: usize,
    /// Its floating-point operations per sample; a multiply-add counts as two.
    pub flops: usize,
}

/// A layer that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the compiler prints before the text: `error[E0080]: evaluation panicked: `. Empty if it is the page that refuses.
    pub head: &'static str,
    /// `layer 1: MaxPool2D window 5×5 does not fit its 8×4×6 input`
    pub text: String,
    /// What the compiler underlines, in units of UTF-16 from the beginning of the text.
    pub place: Range<usize>,
}

/// `error[E0080]: evaluation panicked: layer 1: …`
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.head, self.text)
    }
}

/// What `network!` says of a mistake in words or marks.
const WRITTEN: &str = "error: ";
/// What a rule says.
const RULED: &str = "error[E0080]: evaluation panicked: ";
/// What the compiler says of a name that there is not.
const UNNAMED: &str = "error[E0425]: ";
/// What only this page refuses.
const HERE: &str = "";

/// A mistake in a line, with the bytes of its place.
#[derive(Debug, PartialEq, Eq)]
struct Mistake {
    head: &'static str,
    text: String,
    place: Range<usize>,
}

impl Mistake {
    fn new(place: Range<usize>, text: impl Into<String>) -> Mistake {
        Mistake { head: WRITTEN, text: text.into(), place }
    }

    fn of(head: &'static str, place: Range<usize>, text: impl Into<String>) -> Mistake {
        Mistake { head, text: text.into(), place }
    }

    /// With its place in the line counted as JavaScript counts.
    fn in_line(self, line: &str) -> Refused {
        Refused { head: self.head, text: self.text, place: units(line, &self.place) }
    }
}

/// The bytes of a text, counted as JavaScript counts.
fn units(text: &str, place: &Range<usize>) -> Range<usize> {
    let count = |to: usize| text[..to.min(text.len())].encode_utf16().count();
    count(place.start)..count(place.end)
}

/// The longest program that is read, in bytes.
const LONGEST: usize = 10_000;

/// The rows of the layers in `program`, with commas between them as in `network!`, over images of shape `input`, up to the first
/// layer with a mistake. The place of a mistake is one in the program.
pub fn check_program(input: [usize; 3], program: &str) -> Vec<Result<Row, Refused>> {
    let refused = |mistake: Mistake| vec![Err(mistake.in_line(program))];
    if program.len() > LONGEST {
        let text = format!("a program here has at most {LONGEST} bytes, and this has {}", program.len());
        return refused(Mistake::of(HERE, 0..program.len(), text));
    }
    let tokens = match tokens::tokens(program) {
        Ok(tokens) => tokens,
        Err(mistake) => return refused(mistake),
    };
    let end = tokens.last().map_or(0..program.len(), |last| last.place.clone());
    let mut network = match Network::over(input, tokens.is_empty(), end.clone()) {
        Ok(network) => network,
        Err(mistake) => return refused(mistake),
    };
    let mut rows = Vec::new();
    for (layer, comma) in tokens::split(&tokens, ',') {
        let end = comma.map_or(end.clone(), |comma| comma.place.clone());
        match network.then(layer, end) {
            Ok(row) => rows.push(Ok(Row { place: units(program, &row.place), ..row })),
            Err(mistake) => {
                rows.push(Err(mistake.in_line(program)));
                break;
            }
        }
    }
    rows
}

/// The same of layers that are each in a line of its own, with a comma after it or not. The place of a mistake is one in its line.
pub fn check(input: [usize; 3], layers: &[&str]) -> Vec<Result<Row, Refused>> {
    let mut network = match Network::over(input, layers.is_empty(), 0..0) {
        Ok(network) => network,
        Err(mistake) => return vec![Err(mistake.in_line(""))],
    };
    let mut rows = Vec::new();
    for line in layers {
        let row = tokens::tokens(line).and_then(|tokens| match tokens::split(&tokens, ',')[..] {
            [(layer, _)] => network.then(layer, 0..line.len()),
            [] => network.then(&[], 0..line.len()),
            [_, (next, _), ..] => {
                let text = "one layer stands in a line: put the next into a line of its own";
                Err(Mistake::of(HERE, tokens::place(next), text))
            }
        });
        let goes_on = row.is_ok();
        rows.push(match row {
            Ok(row) => Ok(Row { place: units(line, &row.place), ..row }),
            Err(mistake) => Err(mistake.in_line(line)),
        });
        if !goes_on {
            break;
        }
    }
    rows
}

/// The layers that fit so far.
struct Network {
    shape: Dims,
    layers: usize,
    labels: Vec<String>,
    /// How many numbers they keep.
    kept: usize,
}

impl Network {
    /// A network over images of shape `input`; without layers, `end` is where one is missing.
    fn over([channels, height, width]: [usize; 3], is_empty: bool, end: Range<usize>) -> Result<Network, Mistake> {
        if is_empty {
            return Err(Mistake::new(end, "the network has no layers: at least one is needed"));
        }
        let shape = Dims::new(channels, height, width);
        match inference::takes("the network", shape) {
            Ok(_) => Ok(Network { shape, layers: 0, labels: Vec::new(), kept: 0 }),
            Err(text) => Err(Mistake::of(RULED, 0..0, text.as_str())),
        }
    }

    /// Adds the layer that stands between two commas, of which `end` is the second.
    fn then(&mut self, tokens: &[Token], end: Range<usize>) -> Result<Row, Mistake> {
        let call = read::layer(tokens, end, &self.labels)?;
        if let Some((label, place)) = &call.label {
            Name::new(label).map_err(|text| ruled(self.layers, place.clone(), text))?;
        }
        let (row, kept) = layer(self.layers, self.shape, &call)?;
        let row = Row { place: tokens.first().map_or(0, |first| first.place.start)..call.place.end, ..row };
        self.kept = self.kept.saturating_add(kept);
        inference::total(self.kept).map_err(|text| ruled(self.layers, call.place, text))?;
        self.shape = Dims::new(row.output[0], row.output[1], row.output[2]);
        self.layers += 1;
        self.labels.extend(call.label.map(|(label, _)| label));
        Ok(row)
    }
}

/// The row of a layer, and how many numbers it keeps, running statistics included.
fn layer(index: usize, input: Dims, call: &Call) -> Result<(Row, usize), Mistake> {
    let Some(kind) = kinds::find(&call.kind) else {
        return Err(kinds::unknown(&call.kind, call.kind_place.clone()));
    };
    let written: Vec<Written> = call.arguments.iter().map(|argument| argument.written).collect();
    let settings = HyperParameters::read(kind.name, kind.declared, &written).map_err(|Refusal { text, part }| {
        let place = match part {
            Part::Key(at) => call.arguments[at].key_place.clone(),
            Part::Value(at) => call.arguments[at].value_place.clone(),
            Part::Whole | Part::Nowhere => call.place.clone(),
        };
        ruled(index, place, text)
    })?;
    let ruling = (kind.rule)(input, &settings);
    let output = ruling.output.and_then(|output| inference::gives(kind.name, output));
    let output = output.map_err(|text| ruled(index, call.place.clone(), text))?;
    let flops = (kind.flops)(input, output, &settings);
    let output = [output.channels, output.height, output.width];
    Ok((Row { place: call.place.clone(), output, parameters: ruling.trained, flops }, ruling.kept))
}

/// A rule's refusal of the layer at `index`.
fn ruled(index: usize, place: Range<usize>, text: ConstString) -> Mistake {
    // As `network!` puts it together, in a text that may be full.
    let text = ConstString::new().str("layer ").number(index).str(": ").str(text.as_str());
    Mistake::of(RULED, place, text.as_str())
}

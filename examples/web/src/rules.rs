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

use shapeproof::layer::declaration::{HyperParameters, Part, Refusal, Written};
use shapeproof::shape::inference;
use shapeproof::shape::{ConstString, Dims};

use read::Call;

/// A layer that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The shape of its output: channels, height, width.
    pub output: [usize; 3],
    /// How many parameters it trains.
    pub parameters: usize,
    /// Its floating-point operations per sample; a multiply-add counts as two.
    pub flops: usize,
}

/// A line that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the compiler prints before the text: `error[E0080]: evaluation panicked: `. Empty if it is the page that refuses.
    pub head: &'static str,
    /// `layer 1: MaxPool2D window 5×5 does not fit its 8×4×6 input`
    pub text: String,
    /// The part of the line that the compiler underlines, in units of UTF-16.
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
        let units = |to: usize| line[..to.min(line.len())].encode_utf16().count();
        Refused { head: self.head, text: self.text, place: units(self.place.start)..units(self.place.end) }
    }
}

/// The rows of the layers in `layers`, one a line, over images of shape `input`, up to the first line with a mistake.
pub fn check(input: [usize; 3], layers: &[&str]) -> Vec<Result<Row, Refused>> {
    let mut shape = Dims::new(input[0], input[1], input[2]);
    let no_line = |head, text: &str| vec![Err(Refused { head, text: text.to_string(), place: 0..0 })];
    if layers.is_empty() {
        return no_line(WRITTEN, "the network has no layers: at least one is needed");
    }
    if let Err(text) = inference::takes("the network", shape) {
        return no_line(RULED, text.as_str());
    }
    let (mut rows, mut labels, mut counted) = (Vec::new(), Vec::new(), 0_usize);
    for (index, line) in layers.iter().enumerate() {
        let row = read::line(line, &labels).and_then(|call| {
            let (row, all) = layer(index, shape, &call)?;
            counted = counted.saturating_add(all);
            match inference::total(counted) {
                Ok(_) => Ok((row, call.label)),
                Err(text) => Err(ruled(index, call.place, text)),
            }
        });
        match row {
            Ok((row, label)) => {
                shape = Dims::new(row.output[0], row.output[1], row.output[2]);
                labels.extend(label);
                rows.push(Ok(row));
            }
            Err(mistake) => {
                rows.push(Err(mistake.in_line(line)));
                break;
            }
        }
    }
    rows
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
    Ok((Row { output, parameters: ruling.trained, flops }, ruling.kept))
}

/// A rule's refusal of the layer at `index`.
fn ruled(index: usize, place: Range<usize>, text: ConstString) -> Mistake {
    // As `network!` puts it together, in a text that may be full.
    let text = ConstString::new().str("layer ").number(index).str(": ").str(text.as_str());
    Mistake::of(RULED, place, text.as_str())
}

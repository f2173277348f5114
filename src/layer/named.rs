//! Names for layers: `conv1.weight` where it would be `0.weight`.

use bytemuck::Zeroable;
use core::fmt;
use core::ops::{Deref, DerefMut};

use super::{Flaw, Layer, Noise, Parameter, Pass, Row};
use crate::shape::Text;

/// A layer with a name. It computes what the layer computes; its parameters are called by the name instead of by the
/// layer's position.
///
/// In [`network!`](crate::network!): the name and a colon before the layer. Layers without a name keep their position:
///
/// ```
/// # use shapeproof::{layer::{Dense, Layer, Named, ReLU, name}, network::Chain};
/// shapeproof::network! { type Net = [30, 1, 1] => hidden: Dense(units = 8), ReLU, Dense(units = 2) }
/// type ByHand = Chain<Named<{ name("hidden") }, Dense<30, 8>>, Chain<ReLU<8, 1, 1>, Dense<8, 2>>>;
/// # fn same(net: Net) -> ByHand { net }
///
/// let mut names = Vec::new();
/// Net::visit([], [], 0, &mut |parameter, [], []| names.push(parameter.to_string()));
/// assert_eq!(names, ["hidden.weight", "hidden.bias", "2.weight", "2.bias"]);
/// ```
///
/// PyTorch calls them the same in `nn.Sequential(OrderedDict([("hidden", nn.Linear(30, 8)), ("1", nn.ReLU()), …]))`.
///
/// A type has no room for a text, so it carries the [`Name`]'s number, which [`name`] computes. Two layers of a network
/// cannot have the same name, and this is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [30, 1, 1] => fc: Dense(units = 8), fc: Dense(units = 2) }
/// ```
#[derive(Zeroable)]
#[repr(transparent)]
pub struct Named<const NAME: u128, L>(
    /// The layer.
    pub L,
);

impl<const NAME: u128, L> Deref for Named<NAME, L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.0
    }
}

impl<const NAME: u128, L> DerefMut for Named<NAME, L> {
    fn deref_mut(&mut self) -> &mut L {
        &mut self.0
    }
}

impl<const NAME: u128, L: Layer> Layer for Named<NAME, L> {
    type Scalar = L::Scalar;
    type Input = L::Input;
    type Output = L::Output;
    type Tape = L::Tape;
    type Workspace<const N: usize> = L::Workspace<N>;

    const KIND: &'static str = L::KIND;
    const SETTINGS: Text = L::SETTINGS;
    const FLOPS: usize = L::FLOPS;
    const LAYERS: usize = L::LAYERS;
    const MEETINGS: usize = L::MEETINGS;
    const LABELS: Labels = Labels::One(Name(NAME));
    const FLAW: Option<Flaw> = match L::FLAW {
        None if !Name(NAME).is_name() => {
            let text = Text::new().str(L::KIND).str(" is given a number for a name that stands for none;");
            Some(Flaw { layer: 0, text: text.str(" write `name(\"conv1\")`") })
        }
        None if L::LAYERS != 1 || !matches!(L::LABELS, Labels::None) => {
            let text = Text::new().str("`").str(Name(NAME).text().as_str());
            Some(Flaw { layer: 0, text: text.str("` can be the name of one layer that has none yet") })
        }
        flaw => flaw,
    };

    fn tape(samples: usize) -> Self::Tape {
        L::tape(samples)
    }

    fn infer<const N: usize>(
        &self,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.0.infer(input, output, workspace);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        self.0.forward(input, output, tape);
    }

    fn backward(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        self.0.backward(input, tape, grad_output, grad_input, &mut grad.0);
    }

    fn visit<const R: usize, const W: usize>(
        read: [&Self; R],
        write: [&mut Self; W],
        layer: usize,
        visitor: &mut impl FnMut(Parameter<'_>, [&[Self::Scalar]; R], [&mut [Self::Scalar]; W]),
    ) {
        let (read, write) = (read.map(|named| &named.0), write.map(|named| &mut named.0));
        L::visit(read, write, layer, &mut |parameter, read, write| {
            visitor(Parameter { label: Some(Name(NAME)), ..parameter }, read, write);
        });
    }

    fn set_noise(tape: &mut Self::Tape, noise: Noise) {
        L::set_noise(tape, noise);
    }

    fn update_statistics(&mut self, batch: &Self) {
        self.0.update_statistics(&batch.0);
    }

    fn summarise(layer: usize, row: &mut impl FnMut(Row)) {
        L::summarise(layer, &mut |unnamed| row(Row { label: Some(Name(NAME)), ..unnamed }));
    }

    fn forward_leg(&self, leg: usize, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        self.0.forward_leg(leg, input, output, tape);
    }

    fn backward_leg(
        &self,
        leg: usize,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        self.0.backward_leg(leg, input, tape, grad_output, grad_input, &mut grad.0);
    }

    fn gather(pass: Pass, meeting: usize, into: &mut Self::Tape, from: &Self::Tape) {
        L::gather(pass, meeting, into, from);
    }

    fn spread(pass: Pass, meeting: usize, from: &Self::Tape, to: &mut Self::Tape) {
        L::spread(pass, meeting, from, to);
    }
}

/// The name of a layer as a number: the first of its characters in the lowest six bits, and so on.
///
/// A name has 1 to 21 of the characters `A`–`Z`, `a`–`z`, `0`–`9` and `_`, which count as 1 to 63 in this order, and does
/// not begin with a digit: those are the positions of layers without a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name(u128);

/// The number that stands for `text` in a [`Named`] layer's type.
///
/// # Panics
/// If `text` is no [`Name`]. In a type, that is a compile error.
#[track_caller]
pub const fn name(text: &str) -> u128 {
    match Name::new(text) {
        Ok(name) => name.0,
        Err(why) => panic!("{}", why.as_str()),
    }
}

impl Name {
    /// As many characters of six bits as a `u128` holds.
    const LONGEST: usize = 21;

    /// The name `text`, or why it cannot be one.
    pub const fn new(text: &str) -> Result<Name, Text> {
        let bytes = text.as_bytes();
        let mut number = 0;
        let mut at = bytes.len();
        while at > 0 {
            at -= 1;
            let digit = match bytes[at] {
                letter @ b'A'..=b'Z' => letter - b'A' + 1,
                letter @ b'a'..=b'z' => letter - b'a' + 27,
                digit @ b'0'..=b'9' => digit - b'0' + 53,
                b'_' => 63,
                _ => return Err(Name::refuse(text)),
            };
            number = number << 6 | digit as u128;
        }
        if bytes.is_empty() || bytes.len() > Name::LONGEST || bytes[0].is_ascii_digit() {
            return Err(Name::refuse(text));
        }
        Ok(Name(number))
    }

    const fn refuse(text: &str) -> Text {
        let refusal = Text::new().str("`").str(text).str("` cannot be a name: that takes up to ").number(Name::LONGEST);
        refusal.str(" ASCII letters, digits and underscores, no digit first")
    }

    /// The name in letters.
    pub const fn text(self) -> Text {
        let (mut text, mut rest) = (Text::new(), self.0);
        while rest != 0 {
            let letter = match (rest & 63) as u8 {
                upper @ 1..=26 => b'A' + upper - 1,
                lower @ 27..=52 => b'a' + lower - 27,
                digit @ 53..=62 => b'0' + digit - 53,
                63 => b'_',
                _ => b'?',
            };
            if let Ok(letter) = core::str::from_utf8(&[letter]) {
                text = text.str(letter);
            }
            rest >>= 6;
        }
        text
    }

    /// Whether the number stands for a name.
    const fn is_name(self) -> bool {
        match Name::new(self.text().as_str()) {
            Ok(name) => name.0 == self.0,
            Err(_) => false,
        }
    }

    /// The number, as it stands in a type.
    pub const fn number(self) -> u128 {
        self.0
    }

    /// `==`, for constants.
    pub(crate) const fn is(self, other: Name) -> bool {
        self.0 == other.0
    }

    /// The refusal of a second layer of this name.
    pub(crate) const fn taken(self) -> Text {
        Text::new().str("the name `").str(self.text().as_str()).str("` belongs to an earlier layer")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text().as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The names that the layers of a network have: what a chain is checked for.
#[derive(Clone, Copy, Debug)]
pub enum Labels {
    /// No layer has one.
    None,
    /// The one layer has this one.
    One(Name),
    /// Those of `first`, which has so many layers, and those of `rest`.
    Two {
        /// The names in the front part.
        first: &'static Labels,
        /// How many layers, named or not, the front part has.
        layers: usize,
        /// The names in the rest.
        rest: &'static Labels,
    },
}

impl Labels {
    /// Whether one of the layers is called `name`.
    const fn contain(&self, name: Name) -> bool {
        match self {
            Labels::None => false,
            Labels::One(own) => own.is(name),
            Labels::Two { first, rest, .. } => first.contain(name) || rest.contain(name),
        }
    }

    /// The first of these layers, counted from `layer`, whose name one of the `earlier` layers has already.
    pub const fn clash(&self, layer: usize, earlier: &Labels) -> Option<Flaw> {
        match self {
            Labels::One(name) if earlier.contain(*name) => Some(Flaw { layer, text: name.taken() }),
            Labels::None | Labels::One(_) => None,
            Labels::Two { first, layers, rest } => match first.clash(layer, earlier) {
                None => rest.clash(layer + *layers, earlier),
                flaw => flaw,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Dense, ReLU};
    use crate::network::{Chain, Network};
    use alloc::string::{String, ToString};

    fn says(flaw: Option<Flaw>) -> String {
        flaw.map_or(String::new(), |flaw| flaw.sentence().as_str().into())
    }

    #[test]
    fn a_name_is_a_number() {
        assert_eq!(name("A"), 1);
        assert_eq!(name("b2_"), 28 + (55 << 6) + (63 << 12));
        for text in ["z", "conv1", "_", "Ab9_", "abcdefghijklmnopqrstu", "_____________________"] {
            assert_eq!(Name(name(text)).to_string(), text);
            assert!(Name(name(text)).is_name());
        }
        for text in ["", "1", "1st", "conv-1", "conv.1", "Größe", "abcdefghijklmnopqrstuv"] {
            let refusal = Name::new(text).unwrap_err();
            assert!(refusal.as_str().starts_with(&alloc::format!("`{text}` cannot be a name")), "{}", refusal.as_str());
        }
        for number in [0, 53, 1 << 6, 1 << 127, u128::MAX] {
            assert!(!Name(number).is_name(), "{number}");
        }
    }

    #[test]
    fn flaws_of_names_are_found_in_types_by_hand() {
        type Hidden = Named<{ name("fc") }, Dense<6, 4>>;
        type Twice = Chain<Hidden, Chain<ReLU<4, 1, 1>, Named<{ name("fc") }, Dense<4, 2>>>>;
        assert_eq!(says(Twice::FLAW), "layer 2: the name `fc` belongs to an earlier layer");
        type Once = Chain<Hidden, Chain<ReLU<4, 1, 1>, Named<{ name("out") }, Dense<4, 2>>>>;
        assert_eq!(says(Once::FLAW), "");
        type Inner = Chain<Dense<9, 6>, Chain<Once, Named<{ name("out") }, ReLU<2, 1, 1>>>>;
        assert_eq!(says(Inner::FLAW), "layer 4: the name `out` belongs to an earlier layer");

        assert_eq!(
            says(Named::<53, Dense<6, 4>>::FLAW),
            "layer 0: Dense is given a number for a name that stands for none; write `name(\"conv1\")`"
        );
        let refusal = "layer 0: `a` can be the name of one layer that has none yet";
        assert_eq!(says(Named::<{ name("a") }, Hidden>::FLAW), refusal);
        assert_eq!(says(Named::<{ name("a") }, Once>::FLAW), refusal);
        assert_eq!(says(Named::<{ name("a") }, Dense<0, 4>>::FLAW), says(Dense::<0, 4>::FLAW));
    }

    #[test]
    fn a_named_layer_is_the_layer() {
        type Plain = Dense<3, 2>;
        let named = Named::<{ name("fc") }, Plain>::new(5);
        assert_eq!(named.weight, Plain::new(5).weight);
        assert_eq!(size_of::<Named<{ name("fc") }, Plain>>(), size_of::<Plain>());
    }
}

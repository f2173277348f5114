//! Prediction with a model: from pixels to the name of a class, and its probability.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::{format, vec};
use core::borrow::Borrow;
use core::fmt;

use num_traits::Float;

use super::Model;
use crate::data::{Normalize, Pixels};
use crate::layer::{Axes, Module, Operation};
use crate::metrics::argmax;
use crate::network::Network;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::zeros;

/// How many inputs are computed together.
const BLOCK: usize = 8;

/// The class that a model predicts.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction<'a> {
    /// Its index. A network with one output has two classes: 1 is the one whose probability the output is, 0 the other.
    pub class: usize,
    /// Its name in the model's card; its index if the card has no names. Of two classes with one name, class 0 is `not` the name.
    pub name: Cow<'a, str>,
    /// Its probability, 0 to 1; NaN if an output of the network is NaN.
    pub probability: f64,
}

/// `cat 98.31 %`
impl fmt::Display for Prediction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.2} %", self.name, 100.0 * self.probability)
    }
}

/// The function that makes probabilities of a network's outputs.
///
/// The variants are not named like the layers, for the reason given at [`Operation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// None: the outputs are probabilities.
    AsTheyAre,
    /// `1 / (1 + exp(−z))` of each output, for a network trained with
    /// [`BinaryCrossEntropy`](crate::loss::BinaryCrossEntropy).
    SigmoidOfEach,
    /// `exp(zᵢ) / Σⱼ exp(zⱼ)` over all outputs, for a network trained with [`CrossEntropy`](crate::loss::CrossEntropy).
    SoftmaxOverAll,
}

impl Activation {
    /// The function for a network of type `N`: none if it ends with a softmax or a sigmoid, otherwise a sigmoid for one output and a
    /// softmax for several.
    pub const fn of<N: Module>() -> Activation {
        match N::LAST {
            Operation::SoftmaxOver(Axes::CHANNELS) | Operation::SigmoidFunction => Activation::AsTheyAre,
            _ if N::Output::DIMS.len() == 1 => Activation::SigmoidOfEach,
            _ => Activation::SoftmaxOverAll,
        }
    }

    fn apply<T: Scalar>(self, outputs: &[T], probabilities: &mut [f64]) {
        let max = outputs.iter().copied().fold(T::neg_infinity(), T::max).into_f64();
        for (probability, &output) in probabilities.iter_mut().zip(outputs) {
            let z = output.into_f64();
            *probability = match self {
                Activation::AsTheyAre => z,
                Activation::SigmoidOfEach => 1.0 / (1.0 + Float::exp(-z)),
                Activation::SoftmaxOverAll => Float::exp(z - max),
            };
        }
        if self == Activation::SoftmaxOverAll {
            let sum: f64 = probabilities.iter().sum();
            probabilities.iter_mut().for_each(|probability| *probability /= sum);
        }
    }
}

/// A model with all the memory that predictions need, allocated once.
///
/// `M` is the model, or what leads to it: `&Model`, `Arc<Model>`. One predictor is for one thread; several can share a model.
///
/// ```
/// use shapeproof::io::{Card, Model, Predictor};
/// use shapeproof::network::Network;
///
/// shapeproof::network! { type Net = [1, 9, 7] => Conv2D(filters = 4, kernel = 3), ReLU, Flatten, Dense(units = 2) }
///
/// let card = Card { classes: vec!["cat".into(), "dog".into()], ..Card::default() };
/// let model = Model { network: Net::new(1), card };
/// let photos = [[17; 9 * 7], [130; 9 * 7], [255; 9 * 7]];
///
/// let mut predictor = Predictor::new(&model);
/// println!("{}", predictor.classify(&photos[0])); // cat 61.20 %
/// predictor.classify_all(&photos, |prediction| {
///     assert!(["cat", "dog"].contains(&&*prediction.name) && prediction.probability >= 0.5);
/// });
/// let [cat, dog] = predictor.probabilities(&photos[0]) else { unreachable!() };
/// assert!((cat + dog - 1.0).abs() < 1e-12);
/// ```
///
/// Its output is one probability for each class. A network with a map as its output does not compile:
/// ```compile_fail,E0080
/// # use shapeproof::{io::{Card, Model, Predictor}, network::Network};
/// shapeproof::network! { type Net = [1, 9, 7] => Conv2D(filters = 2, kernel = 3) }
/// Predictor::new(Model { network: Net::new(1), card: Card::default() });
/// ```
pub struct Predictor<N: Module, M = Model<N>> {
    model: M,
    normalize: Normalize,
    activation: Activation,
    inputs: Box<[N::Input]>,
    outputs: Box<[N::Output]>,
    workspace: Box<N::Workspace<BLOCK>>,
    probabilities: Box<[f64]>,
}

impl<N: Module, M: Borrow<Model<N>>> Predictor<N, M> {
    /// Allocates the memory for predictions of `model`.
    pub fn new(model: M) -> Self {
        const { assert!(N::Output::DIMS.is_flat(), "a map has no classes: end the network with `Flatten` and `Dense`") };
        let normalize = model.borrow().card.normalize();
        Predictor {
            model,
            normalize,
            activation: Activation::of::<N>(),
            inputs: zeros(BLOCK),
            outputs: zeros(BLOCK),
            workspace: N::workspace::<BLOCK>(),
            probabilities: vec![0.0; N::Output::DIMS.len()].into(),
        }
    }

    /// Makes probabilities of the outputs by this function, instead of the usual one for the [network](Activation::of). A network
    /// with several outputs that was trained with [`BinaryCrossEntropy`](crate::loss::BinaryCrossEntropy) needs
    /// [`Activation::SigmoidOfEach`].
    pub fn activation(self, activation: Activation) -> Self {
        Predictor { activation, ..self }
    }

    /// The model.
    pub fn model(&self) -> &Model<N> {
        self.model.borrow()
    }

    /// The most probable class of an image; of several with the same probability, the first. A network with one output predicts
    /// class 1 from a probability of more than one half.
    ///
    /// It allocates nothing, if the card has a name for each class. (`matrixmultiply` may allocate to pack large operands.)
    ///
    /// # Panics
    /// As [`Model::input`].
    pub fn classify<'p>(&mut self, pixels: impl Into<Pixels<'p>>) -> Prediction<'_> {
        self.predict(pixels.into());
        predicted(self.model.borrow(), &self.probabilities)
    }

    /// Calls `each` with the class of every image, in order. This is faster than one at a time, and allocates as little as
    /// [`classify`](Predictor::classify).
    ///
    /// # Panics
    /// As [`Model::input`].
    pub fn classify_all<'p, P: Into<Pixels<'p>>>(
        &mut self,
        images: impl IntoIterator<Item = P>,
        mut each: impl FnMut(Prediction<'_>),
    ) {
        let mut images = images.into_iter();
        loop {
            let mut count = 0;
            for (input, pixels) in self.inputs.iter_mut().zip(&mut images) {
                self.normalize.apply(pixels, input);
                count += 1;
            }
            if count == 0 {
                return;
            }
            let (model, outputs) = (self.model.borrow(), &mut self.outputs[..count]);
            model.network.predict::<BLOCK>(&self.inputs[..count], outputs, &mut self.workspace);
            for output in outputs {
                self.activation.apply(output.as_slice(), &mut self.probabilities);
                each(predicted(model, &self.probabilities));
            }
        }
    }

    /// The most probable class of an input that is no image, or is prepared already: [`classify`](Predictor::classify) without the
    /// preprocessing.
    pub fn classify_input(&mut self, input: &N::Input) -> Prediction<'_> {
        let input = core::slice::from_ref(input);
        self.model.borrow().network.predict::<BLOCK>(input, &mut self.outputs[..1], &mut self.workspace);
        self.activation.apply(self.outputs[0].as_slice(), &mut self.probabilities);
        predicted(self.model.borrow(), &self.probabilities)
    }

    /// The probability for each output of the network, in their order.
    ///
    /// # Panics
    /// As [`Model::input`].
    pub fn probabilities<'p>(&mut self, pixels: impl Into<Pixels<'p>>) -> &[f64] {
        self.predict(pixels.into());
        &self.probabilities
    }

    fn predict(&mut self, pixels: Pixels<'_>) {
        self.normalize.apply(pixels, &mut self.inputs[0]);
        self.model.borrow().network.predict::<BLOCK>(&self.inputs[..1], &mut self.outputs[..1], &mut self.workspace);
        self.activation.apply(self.outputs[0].as_slice(), &mut self.probabilities);
    }
}

impl<N: Module> Model<N> {
    /// The most probable class of an image, its name and its probability: [`Predictor::classify`] for one image. It allocates on
    /// every call; for many, use a [`Predictor`].
    ///
    /// # Panics
    /// As [`input`](Model::input).
    pub fn classify<'p>(&self, pixels: impl Into<Pixels<'p>>) -> Prediction<'_> {
        let mut predictor = Predictor::new(self);
        predictor.predict(pixels.into());
        predicted(self, &predictor.probabilities)
    }
}

impl<N: Module, M: fmt::Debug> fmt::Debug for Predictor<N, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predictor")
            .field("model", &self.model)
            .field("activation", &self.activation)
            .finish_non_exhaustive()
    }
}

/// The class with the largest of the `probabilities`.
fn predicted<'m, N>(model: &'m Model<N>, probabilities: &[f64]) -> Prediction<'m> {
    let (class, probability) = match *probabilities {
        [one] if one > 0.5 => (1, one),
        [one] => (0, 1.0 - one),
        _ => {
            let class = argmax(probabilities);
            (class, probabilities[class])
        }
    };
    let name = match &model.card.classes[..] {
        [] => Cow::Owned(class.to_string()),
        [name] if class == 0 && probabilities.len() == 1 => Cow::Owned(format!("not {name}")),
        [name] => Cow::Borrowed(&**name),
        names => Cow::Borrowed(names.get(class).map_or("", |name| name.as_str())),
    };
    Prediction { class, name, probability }
}

//! A network that predicts, is looked into, and goes to files.

use shapeproof::data::Normalize;
use shapeproof::io::{self, Card};
use shapeproof::layer::{Module, Operation};
use shapeproof::loss::{CrossEntropy, Loss};
use shapeproof::shape::{Dims, Shape};
use shapeproof::tensor::{Tensor, Vector};

use crate::digits::Image;
use crate::dropout;
use crate::json::Json;
use crate::networks::Classifier;
use crate::walk::Step;

/// The classes of a network; the name of the eleventh is the visitor's.
pub fn classes(count: usize, yours: &str) -> Vec<String> {
    (0..count).map(|class| if class < 10 { class.to_string() } else { yours.into() }).collect()
}

/// What was computed for one image.
pub struct Look {
    /// What the network was given.
    pub input: Vec<f32>,
    /// `∂L/∂input`
    pub grad_input: Vec<f32>,
    /// What each layer gave.
    pub steps: Vec<Step>,
    /// The probability of each class.
    pub probabilities: Vec<f32>,
    pub loss: f64,
    /// `∂L/∂parameter`, in the order of a [`visit`](Module::visit).
    pub grad_parameters: Vec<f32>,
}

/// Any network.
pub trait Open {
    /// The number of classes.
    fn classes(&self) -> usize;
    /// The probability of each class.
    fn probabilities(&mut self, image: &Image) -> Vec<f32>;
    /// The forward pass, and the backward pass of the loss for this class, layer by layer.
    fn look(&self, image: &Image, class: usize) -> Look;
    /// Its layers and parameters, as JSON.
    fn describe(&self) -> String;
    /// All parameters, in the order of a [`visit`](Module::visit).
    fn parameters(&self) -> Vec<f32>;
    /// Replaces all parameters; `false` if there are not as many.
    fn set_parameters(&mut self, numbers: &[f32]) -> bool;
    /// The bytes of a `.safetensors` file that the example `predict` opens.
    ///
    /// # Errors
    /// As [`io::to_bytes`].
    fn to_safetensors(&self, classes: &[String]) -> shapeproof::Result<Vec<u8>>;
    /// The bytes of an ONNX model.
    ///
    /// # Errors
    /// As [`io::onnx::to_onnx`].
    fn to_onnx(&self, classes: &[String]) -> shapeproof::Result<Vec<u8>>;
    /// Replaces all parameters by those of a `.safetensors` file, and returns the names of its classes.
    ///
    /// # Errors
    /// As [`io::from_bytes`].
    fn open(&mut self, bytes: &[u8]) -> shapeproof::Result<Vec<String>>;
}

/// A network with `K` classes, and the memory of a prediction.
pub struct Opened<N: Classifier<K>, const K: usize> {
    network: Box<N>,
    workspace: Box<N::Workspace<1>>,
}

impl<N: Classifier<K>, const K: usize> Opened<N, K> {
    /// A network with random weights.
    pub fn random(seed: u64) -> Box<dyn Open> {
        Box::new(Opened::<N, K> { network: N::new(seed), workspace: N::workspace::<1>() })
    }

    fn card(classes: &[String]) -> Card {
        Card { preprocessing: Some(Normalize::mnist()), classes: classes.to_vec(), ..Card::default() }
    }
}

/// All parameters of a network, in the order of a [`visit`](Module::visit).
pub fn parameters<N: Module<Scalar = f32>>(network: &N) -> Vec<f32> {
    let mut numbers = Vec::new();
    N::visit([network], [], &mut |_, [parameter], []| numbers.extend_from_slice(parameter));
    numbers
}

/// The input of a network, as MNIST's figures make it.
fn input(image: &Image) -> Tensor<1, 28, 28> {
    let mut input = Tensor([[[0.0; 28]; 28]]);
    Normalize::mnist().apply(image.as_slice(), &mut input);
    input
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

impl<N: Classifier<K>, const K: usize> Open for Opened<N, K> {
    fn classes(&self) -> usize {
        K
    }

    fn probabilities(&mut self, image: &Image) -> Vec<f32> {
        let mut logits = [Vector::from([0.0; K])];
        self.network.predict::<1>(&[input(image)], &mut logits, &mut self.workspace);
        softmax(logits[0].as_slice())
    }

    fn look(&self, image: &Image, class: usize) -> Look {
        dropout::choose(0);
        let (input, mut grad, mut steps, mut value) = (input(image), N::zeros(), Vec::new(), 0.0);
        let mut logits = Vector::from([0.0; K]);
        let mut loss = |output: &[f32], grad_output: &mut [f32]| {
            logits.as_mut_slice().copy_from_slice(output);
            let mut gradient = Vector::from([0.0; K]);
            value = CrossEntropy::<K>::new().gradient(&logits, &class, 1.0, &mut gradient);
            grad_output.copy_from_slice(gradient.as_slice());
        };
        let grad_input = self.network.walk(&input, &mut loss, &mut steps, &mut grad);
        Look {
            input: input.as_slice().to_vec(),
            grad_input: grad_input.as_slice().to_vec(),
            steps,
            probabilities: softmax(logits.as_slice()),
            loss: value,
            grad_parameters: parameters(&*grad),
        }
    }

    fn describe(&self) -> String {
        let mut json = Json::object();
        json.open("layers", '[');
        N::summarize(shapeproof::layer::LayerPath::FIRST, &mut |row| {
            json.open("", '{').text("name", &row.layer.to_string()).text("kind", row.kind);
            json.text("settings", row.settings.as_str()).dims("output", row.output).number("flops", row.flops as f64);
            if let Operation::Convolution { window, .. } | Operation::MaxPooling(window) = row.operation {
                json.numbers("kernel", &window.kernel)
                    .numbers("stride", &window.stride)
                    .numbers("padding", &window.before);
            }
            json.close();
        });
        json.close().open("parameters", '[');
        N::visit([&*self.network], [], &mut |parameter, [numbers], []| {
            json.open("", '{').text("name", &parameter.to_string()).numbers("dims", parameter.dims);
            json.number("len", numbers.len() as f64).close();
        });
        json.close().number("bytes", size_of::<N>() as f64);
        json.number("workspace", size_of::<N::Workspace<1>>() as f64).number("classes", K as f64);
        json.dims("input", <Tensor<1, 28, 28> as Shape>::DIMS);
        json.end()
    }

    fn parameters(&self) -> Vec<f32> {
        parameters(&*self.network)
    }

    fn set_parameters(&mut self, mut numbers: &[f32]) -> bool {
        let fits = numbers.len() == N::parameters();
        if fits {
            N::visit([], [&mut *self.network], &mut |_, [], [parameter]| {
                let (now, rest) = numbers.split_at(parameter.len());
                parameter.copy_from_slice(now);
                numbers = rest;
            });
        }
        fits
    }

    fn to_safetensors(&self, classes: &[String]) -> shapeproof::Result<Vec<u8>> {
        io::to_bytes(&*self.network, &Self::card(classes))
    }

    fn to_onnx(&self, classes: &[String]) -> shapeproof::Result<Vec<u8>> {
        let card = Self::card(classes);
        io::onnx::to_onnx(&*self.network, &io::onnx::Settings { card: Some(&card), ..Default::default() })
    }

    fn open(&mut self, bytes: &[u8]) -> shapeproof::Result<Vec<String>> {
        let mut network = N::zeros();
        let card = io::from_bytes(bytes, &mut *network)?;
        self.network = network;
        Ok(if card.classes.is_empty() { classes(K, "yours") } else { card.classes })
    }
}

impl Json {
    fn dims(&mut self, name: &str, dims: Dims) -> &mut Json {
        self.numbers(name, &[dims.channels, dims.height, dims.width])
    }
}

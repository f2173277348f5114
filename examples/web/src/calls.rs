//! What the page calls.
//!
//! WebAssembly passes numbers only. So the page writes bytes to the [inbox], calls a function, and reads the [answer]. A function
//! that can fail returns whether it has not; if it has, the answer is the error's sentence.

use std::cell::RefCell;
use std::sync::Mutex;

use bytemuck::{cast_slice, pod_collect_to_vec};
use shapeproof::tensor::Tensor;

use crate::digits::{Digits, Image};
use crate::handwriting::{Plane, frame, ink};
use crate::json::Json;
use crate::network::{Open, Opened};
use crate::networks::{Plain, Small, SmallAndYours, Strided};
use crate::training::{Choice, Started, Train, Training};

/// The trained model of the examples, a [`Small`] network.
const MODEL: &[u8] = include_bytes!("../../models/digits.safetensors");

/// What to make of an architecture.
struct Architecture {
    name: &'static str,
    opened: fn(u64) -> Box<dyn Open>,
    training: fn(&Choice, Digits) -> Started,
}

/// The architectures, in the order of their numbers.
const ARCHITECTURES: [Architecture; 4] = [
    Architecture {
        name: "Two convolutions",
        opened: Opened::<Small, 10>::random,
        training: Training::<Small, 10>::start,
    },
    Architecture { name: "Strides", opened: Opened::<Strided, 10>::random, training: Training::<Strided, 10>::start },
    Architecture {
        name: "No convolution",
        opened: Opened::<Plain, 10>::random,
        training: Training::<Plain, 10>::start,
    },
    Architecture {
        name: "Two convolutions, and a class of yours",
        opened: Opened::<SmallAndYours, 11>::random,
        training: Training::<SmallAndYours, 11>::start,
    },
];

thread_local! {
    static INBOX: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static NETWORK: RefCell<Option<Box<dyn Open>>> = const { RefCell::new(None) };
    static TRAINING: RefCell<Option<Box<dyn Train>>> = const { RefCell::new(None) };
    static DIGITS: RefCell<Digits> = const { RefCell::new(Digits { images: Vec::new(), labels: Vec::new() }) };
}

static PANIC: Mutex<String> = Mutex::new(String::new());

/// Answers with these bytes.
fn reply(bytes: impl Into<Vec<u8>>) {
    ANSWER.set(bytes.into());
}

/// Answers with these numbers.
fn reply_numbers(numbers: &[f32]) {
    reply(pod_collect_to_vec::<f32, u8>(numbers));
}

/// Answers with what was asked for, or with the error.
fn reply_or_say<E: ToString>(result: Result<impl Into<Vec<u8>>, E>) -> bool {
    match result {
        Ok(bytes) => reply(bytes),
        Err(error) => {
            reply(error.to_string());
            return false;
        }
    }
    true
}

fn with_inbox<R>(read: impl FnOnce(&[u8]) -> R) -> R {
    INBOX.with_borrow(|inbox| read(inbox))
}

/// The image in the inbox.
fn image() -> Image {
    let mut image: Image = Tensor([[[0; 28]; 28]]);
    with_inbox(|inbox| image.as_mut_slice().copy_from_slice(inbox));
    image
}

/// Calls `with` with the network that is open: at first the model of the examples.
fn with_network<R>(with: impl FnOnce(&mut dyn Open) -> R) -> R {
    NETWORK.with_borrow_mut(|network| {
        let network = network.get_or_insert_with(|| {
            let mut network = Opened::<Small, 10>::random(1);
            network.open(MODEL).expect("the model of the examples is one of this network");
            network
        });
        with(&mut **network)
    })
}

/// Prepares for the first call: a panic leaves its text in [`panicked`].
#[unsafe(no_mangle)]
pub extern "C" fn begin() {
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut text) = PANIC.lock() {
            *text = panic.to_string();
        }
    }));
}

/// Answers with the text of the panic that has ended this module.
#[unsafe(no_mangle)]
pub extern "C" fn panicked() {
    let text = PANIC.lock().map(|text| text.clone()).unwrap_or_default();
    reply(text);
}

/// Returns where the page may write so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn inbox(len: usize) -> *mut u8 {
    INBOX.with_borrow_mut(|inbox| {
        inbox.clear();
        inbox.shrink_to(len);
        inbox.resize(len, 0);
        inbox.as_mut_ptr()
    })
}

/// Returns where the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    ANSWER.with_borrow(|answer| answer.as_ptr())
}

/// Returns how many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn answer_len() -> usize {
    ANSWER.with_borrow(Vec::len)
}

/// Answers with what there is to choose from, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn choices() {
    let mut json = Json::object();
    json.open("architectures", '[');
    ARCHITECTURES.iter().for_each(|architecture| _ = json.text("", architecture.name));
    json.close().open("optimizers", '[');
    for (name, lr) in crate::optimizer::Chosen::ALL {
        json.open("", '{').text("name", name).number("lr", lr).close();
    }
    json.close().numbers("dropout", &crate::dropout::PERCENTAGES.map(|percent| percent as usize));
    reply(json.end());
}

/// Opens a network with random weights.
#[unsafe(no_mangle)]
pub extern "C" fn open_random(architecture: usize, seed: u32) {
    NETWORK.set(Some((ARCHITECTURES[architecture].opened)(u64::from(seed))));
}

/// Opens the model of the examples.
#[unsafe(no_mangle)]
pub extern "C" fn open_shipped() {
    NETWORK.set(None);
}

/// Answers with the layers and parameters of the network, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn describe() {
    reply(with_network(|network| network.describe()));
}

/// Answers with all parameters.
#[unsafe(no_mangle)]
pub extern "C" fn parameters() {
    reply_numbers(&with_network(|network| network.parameters()));
}

/// Replaces all parameters by those in the inbox.
#[unsafe(no_mangle)]
pub extern "C" fn set_parameters() -> bool {
    let numbers = with_inbox(pod_collect_to_vec::<u8, f32>);
    with_network(|network| network.set_parameters(&numbers))
}

/// Answers with the probability of each class, for the image in the inbox.
#[unsafe(no_mangle)]
pub extern "C" fn predict() {
    let image = image();
    reply_numbers(&with_network(|network| network.probabilities(&image)));
}

/// Answers with the image that the network sees of the picture in the inbox, which is as wide as this and has red, green, blue and
/// alpha.
#[unsafe(no_mangle)]
pub extern "C" fn see(width: usize) -> bool {
    let seen = with_inbox(|inbox| ink::ink(Plane::from_rgba(width, inbox)));
    let seen = seen.map(|(ink, _)| frame::frame(ink).as_slice().to_vec());
    reply_or_say(seen.ok_or("picture: found an empty canvas, expected a digit"))
}

/// Looks inside, with the image in the inbox and the loss for this class. Answers with numbers: the loss; the probabilities; the
/// input and its gradient; of each layer the output and its gradient; the gradients of the parameters.
#[unsafe(no_mangle)]
pub extern "C" fn look(class: usize) {
    let image = image();
    let look = with_network(|network| network.look(&image, class));
    let mut numbers = [vec![look.loss as f32], look.probabilities, look.input, look.grad_input].concat();
    for step in look.steps {
        numbers.extend(step.output.iter().chain(&step.grad_output));
    }
    numbers.extend(look.grad_parameters);
    reply_numbers(&numbers);
}

/// Answers with a file of the network: `.safetensors`, or ONNX. The name of the visitor's class is in the inbox.
#[unsafe(no_mangle)]
pub extern "C" fn save(onnx: bool) -> bool {
    let yours = with_inbox(|inbox| String::from_utf8_lossy(inbox).into_owned());
    with_network(|network| {
        let classes = crate::network::classes(network.classes(), &yours);
        reply_or_say(if onnx { network.to_onnx(&classes) } else { network.to_safetensors(&classes) })
    })
}

/// Opens the `.safetensors` file in the inbox. Answers with the number of its architecture and the names of its classes, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn load() -> bool {
    let mut refused = String::new();
    for (number, architecture) in ARCHITECTURES.iter().enumerate() {
        let mut network = (architecture.opened)(1);
        match with_inbox(|inbox| network.open(inbox)) {
            Ok(classes) => {
                NETWORK.set(Some(network));
                let mut json = Json::object();
                json.number("architecture", number as f64).open("classes", '[');
                classes.iter().for_each(|class| _ = json.text("", class));
                reply(json.end());
                return true;
            }
            // What is wrong with it as a model of the first.
            Err(error) if number == 0 => refused = error.to_string(),
            Err(_) => {}
        }
    }
    reply_or_say(Err::<Vec<u8>, _>(refused))
}

/// Answers with the embedded digits: their number of labels, then their images.
#[unsafe(no_mangle)]
pub extern "C" fn samples() -> bool {
    reply_or_say(Digits::samples().map(|digits| [&digits.labels[..], cast_slice(&digits.images)].concat()))
}

/// Draws so many digits, to be trained on.
#[unsafe(no_mangle)]
pub extern "C" fn use_synthetic(count: usize, seed: u32) {
    DIGITS.set(Digits::synthetic(count, u64::from(seed)));
}

/// The embedded digits are to be trained on.
#[unsafe(no_mangle)]
pub extern "C" fn use_samples() -> bool {
    reply_or_say(Digits::samples().map(|digits| {
        DIGITS.set(digits);
        Vec::new()
    }))
}

/// The digits of the IDX files in the inbox are to be trained on: so many bytes of images, then the labels.
#[unsafe(no_mangle)]
pub extern "C" fn use_idx(images: usize) -> bool {
    let digits = with_inbox(|inbox| Digits::read(inbox.split_at(images).into()));
    reply_or_say(digits.map(|digits| {
        let count = digits.images.len().to_string();
        DIGITS.set(digits);
        count
    }))
}

/// Adds the image in the inbox to those that are trained on, and so many copies that are a little different.
#[unsafe(no_mangle)]
pub extern "C" fn add_digit(label: u8, copies: u32) {
    let image = image();
    DIGITS.with_borrow_mut(|digits| digits.add(image, label, copies));
}

/// Starts a training from random weights.
#[unsafe(no_mangle)]
pub extern "C" fn start(architecture: usize, optimizer: usize, lr: f64, batch: usize, dropout: u32, seed: u32) -> bool {
    let choice = Choice { optimizer, lr, batch_size: batch, dropout, seed };
    let training = (ARCHITECTURES[architecture].training)(&choice, DIGITS.with_borrow(Digits::clone));
    reply_or_say(training.map(|training| {
        TRAINING.set(Some(training));
        Vec::new()
    }))
}

fn with_training<R>(with: impl FnOnce(&mut dyn Train) -> R) -> R {
    TRAINING.with_borrow_mut(|training| with(&mut **training.as_mut().expect("a training has been started")))
}

/// Takes one step, and returns the loss before it.
#[unsafe(no_mangle)]
pub extern "C" fn step() -> f64 {
    with_training(|training| training.step())
}

/// Answers with numbers: the epoch, the steps, and on the digits held out the loss, the accuracy and the confusion matrix.
#[unsafe(no_mangle)]
pub extern "C" fn evaluate() {
    let numbers = with_training(|training| {
        let quality = training.evaluate();
        let counts = quality.confusion.iter().map(|&count| count as f64);
        let numbers = training.progress().into_iter().chain([quality.loss, quality.accuracy]);
        numbers.chain(counts).collect::<Vec<f64>>()
    });
    reply(pod_collect_to_vec::<f64, u8>(&numbers));
}

/// Answers with all parameters of the network in training.
#[unsafe(no_mangle)]
pub extern "C" fn trained() {
    reply_numbers(&with_training(|training| training.parameters()));
}

/// Checks the layers in the inbox as the compiler checks those of `network!`. Answers, as JSON, with a row for each layer that fits,
/// and with the first mistake: its text, and what is underlined.
#[unsafe(no_mangle)]
pub extern "C" fn check() {
    let program = with_inbox(|inbox| String::from_utf8_lossy(inbox).into_owned());
    let (mut json, mut refused) = (Json::object(), None);
    json.open("rows", '[');
    for row in crate::rules::check_program([1, 28, 28], &program) {
        match row {
            Ok(row) => {
                json.open("", '{')
                    .numbers("place", &[row.place.start, row.place.end])
                    .numbers("output", &row.output)
                    .number("parameters", row.parameters as f64);
                json.number("flops", row.flops as f64).close();
            }
            Err(mistake) => refused = Some(mistake),
        }
    }
    json.close();
    if let Some(mistake) = refused {
        json.text("error", &mistake.to_string()).numbers("place", &[mistake.place.start, mistake.place.end]);
    }
    reply(json.end());
}

//! A model that is loaded and predicts.

use std::io;
use std::sync::Arc;
use std::thread;

use shapeproof::io::{Activation, Model};
use shapeproof::layer::Module;
use tokio::sync::oneshot;

use super::queue::{Batching, Full, Queue};
use super::worker::work;
use crate::metrics::ModelMetrics;
use crate::protocol::Signature;

/// Makes a network's input of the bytes of a picture, or says what is wrong with the picture.
pub type ToInput<N> = fn(&[u8], &Model<N>) -> Result<Box<<N as Module>::Input>, String>;

/// One version of a model. Its threads end when nobody holds it any more and all that waited is answered, so a version that is replaced
/// still answers what it has accepted.
pub struct Live {
    pub signature: Signature,
    pub classes: Vec<String>,
    /// What makes probabilities of its outputs.
    pub activation: Activation,
    queue: Arc<Queue>,
    picture: Option<Box<Picture>>,
}

type Picture = dyn Fn(&[u8]) -> Result<Vec<f32>, String> + Send + Sync;

impl Live {
    /// Starts the threads of a model.
    ///
    /// # Errors
    /// If the system has no threads left.
    pub fn start<N: Module<Scalar = f32>>(
        model: Model<N>,
        picture: Option<ToInput<N>>,
        batching: Batching,
        metrics: ModelMetrics,
    ) -> io::Result<Live> {
        let model = Arc::new(model);
        // From here on, dropping it ends the threads.
        let live = Live {
            signature: Signature::of::<N>(),
            classes: model.card.classes.clone(),
            activation: Activation::of::<N>(),
            queue: Arc::new(Queue::new(batching, metrics)),
            picture: picture.map(|to_input| {
                let model = model.clone();
                Box::new(move |bytes: &[u8]| to_input(bytes, &model).map(numbers::<N>)) as Box<Picture>
            }),
        };
        for _ in 0..batching.threads {
            let (model, queue) = (model.clone(), live.queue.clone());
            thread::Builder::new().name("predict".into()).spawn(move || work(&*model.network, &queue))?;
        }
        Ok(live)
    }

    /// Lets a batch wait for its prediction.
    ///
    /// # Errors
    /// [`Full`] if too many samples wait already.
    pub fn predict(&self, inputs: Vec<f32>, samples: usize) -> Result<oneshot::Receiver<Vec<f32>>, Full> {
        self.queue.push(inputs, samples)
    }

    /// The input that a picture is, or `None` if this network is not for pictures.
    pub fn read_picture(&self, bytes: &[u8]) -> Option<Result<Vec<f32>, String>> {
        self.picture.as_ref().map(|read| read(bytes))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[allow(clippy::boxed_local, reason = "a large input is never on the stack")]
fn numbers<N: Module<Scalar = f32>>(input: Box<N::Input>) -> Vec<f32> {
    use shapeproof::shape::Shape;
    input.as_slice().to_vec()
}

//! rten, with the ONNX file that shapeproof writes. `RTEN_NUM_THREADS` tells it the number of threads.

#[path = "../bench.rs"]
mod bench;

use rten::Model;
use rten_tensor::prelude::*;
use rten_tensor::{NdTensorView, Tensor};

fn main() {
    let job = bench::Job::from_arguments();
    let [c, h, w] = job.input;
    let model = &Model::load_file(job.file("onnx")).unwrap();
    job.predict(|count| {
        let images = NdTensorView::from_data([count, c, h, w], job.first(count));
        Box::new(move || {
            let output: Tensor<f32> = model.run_one(images.into(), None).unwrap().try_into().unwrap();
            output.to_vec()
        })
    });
}

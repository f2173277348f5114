//! tract, with the ONNX file that shapeproof writes, optimized for every size of batch.

#[path = "../bench.rs"]
mod bench;

use tract_linalg::multithread::{Executor, set_default_executor};
use tract_onnx::prelude::*;

fn main() {
    let job = bench::Job::from_arguments();
    if job.threads > 1 {
        set_default_executor(Executor::multithread(job.threads));
    }
    let [c, h, w] = job.input;
    job.predict(|count| {
        let fact = f32::fact([count, c, h, w]);
        let model =
            tract_onnx::onnx().model_for_path(job.file("onnx")).unwrap().with_input_fact(0, fact.into()).unwrap();
        let plan = model.into_optimized().unwrap().into_runnable().unwrap();
        let images: TValue = Tensor::from_shape(&[count, c, h, w], job.first(count)).unwrap().into();
        Box::new(move || {
            let output = plan.run(tvec!(images.clone())).unwrap();
            output[0].to_plain_array_view::<f32>().unwrap().iter().copied().collect()
        })
    });
}

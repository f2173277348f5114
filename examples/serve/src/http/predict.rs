//! `POST /predict`: the class of a picture.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shapeproof::io::Activation;
use shapeproof::metrics::argmax;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::app::App;
use super::body;
use super::budget::Taken;
use super::infer;
use super::place::Place;
use crate::model::Live;
use crate::protocol::Refusal;

pub async fn predict(
    State(app): State<Arc<App>>,
    place: Place<Option<String>>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let deadline = Instant::now() + app.timeout;
    let (head, body) = request.into_parts();
    let mut taken = Taken::nothing(&app.budget);
    let body = body::read(&app, &head.headers, body, deadline, &mut taken).await?;
    let model = place.model.or_else(|| app.repository.only());
    let model = model.ok_or_else(|| {
        let served = app.repository.describe();
        Refusal::bad(format!("?model=: found none, expected the name of one of these: {served}"))
    })?;
    let (version, live) = app.repository.find(&model, place.version.as_deref())?;
    let inputs = decode(&app, &live, body, deadline).await?;
    let outputs = infer::predict(&app, &live, inputs, 1, deadline).await?;
    Ok(Json(describe(&model, version, &live, &outputs)))
}

/// The network's input, from a picture. Decoding takes memory and time, so only some are decoded at once.
async fn decode(app: &App, live: &Arc<Live>, body: Vec<u8>, deadline: Instant) -> Result<Vec<f32>, Refusal> {
    let late = |_| Refusal::busy("pictures: found too many at once, expected fewer");
    let _one = timeout_at(deadline, app.decoders.acquire()).await.map_err(late)?;
    let live = live.clone();
    match spawn_blocking(move || live.read_picture(&body)).await {
        Ok(Some(Ok(input))) => Ok(input),
        Ok(Some(Err(text))) => Err(Refusal::bad(text)),
        Ok(None) => Err(Refusal::missing("/predict: found a model that is not for pictures, expected one that is")),
        Err(_) => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the picture: found what its decoder fails on")),
    }
}

fn describe(model: &str, version: u64, live: &Live, outputs: &[f32]) -> Value {
    let probabilities = probabilities(live.activation, outputs);
    // A network with one output has two classes: the output is the probability of class 1.
    let (class, probability) = match *probabilities {
        [one] if one > 0.5 => (1, one),
        [one] => (0, 1.0 - one),
        _ => {
            let class = argmax(&probabilities);
            (class, probabilities[class])
        }
    };
    let name = live.classes.get(class).cloned().unwrap_or_else(|| class.to_string());
    json!({
        "model_name": model,
        "model_version": version.to_string(),
        "class": class,
        "name": name,
        "probability": probability,
        "probabilities": probabilities,
    })
}

fn probabilities(activation: Activation, outputs: &[f32]) -> Vec<f64> {
    let outputs = outputs.iter().map(|&output| f64::from(output));
    match activation {
        Activation::AsTheyAre => outputs.collect(),
        Activation::SigmoidOfEach => outputs.map(|z| 1.0 / (1.0 + (-z).exp())).collect(),
        Activation::SoftmaxOverAll => {
            let max = outputs.clone().fold(f64::NEG_INFINITY, f64::max);
            let exps: Vec<f64> = outputs.map(|z| (z - max).exp()).collect();
            let sum: f64 = exps.iter().sum();
            exps.iter().map(|exp| exp / sum).collect()
        }
    }
}

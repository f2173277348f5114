//! What Prometheus is told at `GET /metrics`.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The type of the text that [`Metrics::text`] is.
pub const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, EncodeLabelSet, Hash, PartialEq, Eq)]
struct Answered {
    route: &'static str,
    status: u64,
}

#[derive(Clone, Debug, EncodeLabelSet, Hash, PartialEq, Eq)]
struct Route {
    route: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Hash, PartialEq, Eq)]
struct OfModel {
    model: String,
    version: u64,
}

#[derive(Clone, Debug, EncodeLabelSet, Hash, PartialEq, Eq)]
struct Load {
    model: String,
    outcome: &'static str,
}

/// All numbers. Routes are a fixed few, and models are those of the folder, so no client can make the list longer.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    batches: Family<OfModel, Histogram, fn() -> Histogram>,
    waiting: Family<OfModel, Gauge>,
    loads: Family<Load, Counter>,
    /// Connections that are open.
    pub connections: Gauge,
    /// Connections that were refused because too many were open.
    pub refused: Counter,
}

/// The numbers of one version of a model.
#[derive(Clone, Debug)]
pub struct ModelMetrics {
    /// How many samples a batch has.
    pub batch: Histogram,
    /// How many samples wait.
    pub waiting: Gauge,
}

/// 50 µs to 1.6 s
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_05, 2.0, 16))
}

/// 1 to 1024 samples
fn samples() -> Histogram {
    Histogram::new(exponential_buckets(1.0, 2.0, 11))
}

impl Metrics {
    pub fn new() -> Metrics {
        let mut registry = Registry::with_prefix("shapeproof");
        let requests = Family::default();
        registry.register("requests", "Requests that were answered", requests.clone());
        let seconds = Family::new_with_constructor(seconds as fn() -> _);
        let text = "Seconds from the head of a request to the head of its answer";
        registry.register("request_duration_seconds", text, seconds.clone());
        let batches = Family::new_with_constructor(samples as fn() -> _);
        registry.register("batch_samples", "Samples that were predicted together", batches.clone());
        let waiting = Family::default();
        registry.register("waiting_samples", "Samples that wait for their prediction", waiting.clone());
        let loads = Family::default();
        registry.register("model_loads", "Model files that were loaded or refused", loads.clone());
        let connections = Gauge::default();
        registry.register("connections", "Open connections", connections.clone());
        let refused = Counter::default();
        registry.register("refused_connections", "Connections that found no room", refused.clone());
        Metrics { registry, requests, seconds, batches, waiting, loads, connections, refused }
    }

    pub fn answered(&self, route: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&Answered { route, status: status.into() }).inc();
        self.seconds.get_or_create(&Route { route }).observe(took.as_secs_f64());
    }

    pub fn loaded(&self, model: &str, successfully: bool) {
        let outcome = if successfully { "loaded" } else { "refused" };
        self.loads.get_or_create(&Load { model: model.into(), outcome }).inc();
    }

    pub fn of_model(&self, model: &str, version: u64) -> ModelMetrics {
        let of = OfModel { model: model.into(), version };
        ModelMetrics { batch: self.batches.get_or_create_owned(&of), waiting: self.waiting.get_or_create_owned(&of) }
    }

    /// Everything, in the text format of OpenMetrics.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        encode(&mut text, &self.registry).ok();
        text
    }
}

impl Default for ModelMetrics {
    fn default() -> ModelMetrics {
        ModelMetrics { batch: samples(), waiting: Gauge::default() }
    }
}

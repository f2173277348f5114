//! The loss so far, as a curve of one line.

use shapeproof::train::Score;

/// The most points, before two become one.
const POINTS: usize = 32;

/// Mean losses of equally many steps each.
#[derive(Default)]
pub struct Curve {
    points: Vec<f64>,
    /// How many steps are in a point.
    steps: usize,
    /// The sum of the steps that are in no point yet, and how many they are.
    rest: (f64, usize),
    before: Score,
}

impl Curve {
    /// Adds a step, by the score of its epoch so far.
    pub fn add(&mut self, score: &Score) {
        if score.samples <= self.before.samples {
            self.before = Score::default();
        }
        let loss = (score.loss_sum - self.before.loss_sum) / (score.samples - self.before.samples) as f64;
        self.before = *score;
        self.rest = (self.rest.0 + loss, self.rest.1 + 1);
        if self.rest.1 < self.steps.max(1) {
            return;
        }
        self.points.push(self.rest.0 / self.rest.1 as f64);
        self.rest = (0.0, 0);
        if self.points.len() == POINTS {
            self.points = self.points.chunks(2).map(|pair| pair.iter().sum::<f64>() / 2.0).collect();
            self.steps = 2 * self.steps.max(1);
        }
    }

    /// The curve in at most `columns` characters, the lowest loss as `▁`, the highest as `█`.
    pub fn line(&self, columns: usize) -> String {
        let step = self.points.len().div_ceil(columns.max(1)).max(1);
        let means: Vec<f64> =
            self.points.chunks(step).map(|some| some.iter().sum::<f64>() / some.len() as f64).collect();
        let min = means.iter().copied().fold(f64::INFINITY, f64::min);
        let max = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let height = |mean: f64| if max > min { ((mean - min) / (max - min) * 7.0).round() as usize } else { 0 };
        means.into_iter().map(|mean| ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][height(mean).min(7)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_loss_falls() {
        let mut curve = Curve::default();
        for epoch in 0..4 {
            let mut score = Score::default();
            for step in 0..100 {
                score.samples += 4;
                score.loss_sum += 4.0 * (1.0 - f64::from(100 * epoch + step) / 400.0);
                curve.add(&score);
            }
        }
        assert!((16..POINTS).contains(&curve.points.len()) && curve.points.is_sorted_by(|a, b| a > b));
        let line = curve.line(8);
        assert!(line.chars().count() <= 8 && line.starts_with('█') && line.ends_with('▁'), "{line}");
        assert_eq!(Curve::default().line(8), "");
    }
}

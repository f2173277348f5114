//! Groups of parameters, with a rule for each.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::{Optimizer, Update};
use crate::layer::{Parameter, Role};
use crate::scalar::Scalar;
use crate::{Error, Result};

/// An optimizer with other settings for groups of parameters: another learning rate for a layer, no weight decay of biases.
///
/// A parameter belongs to the first group that has it, and to the rule for all others if none has. The rules are of one type and
/// differ in their settings. A schedule multiplies all their learning rates. (PyTorch's parameter groups.)
///
/// ```
/// use shapeproof::optim::{AdamW, Group, Groups};
///
/// let rule = Groups::new(AdamW::new(1e-4))
///     .with(Group::NotWeights, AdamW::new(1e-4).weight_decay(0.0))
///     .with(Group::Named("head.*"), AdamW::new(1e-3));
/// ```
///
/// A group that no parameter is in is an error of [`Trainer::new`](crate::train::Trainer::new), so that a misspelled name is found.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups<O> {
    others: O,
    groups: Vec<(Group, O)>,
}

/// A group of parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Group {
    /// Parameters by their [name](Parameter): `0.weight`, or `conv1.weight` of a layer that has a name. A `*` stands for any text:
    /// `head.*`, `*.bias`, `stage1.*.weight`.
    Named(&'static str),
    /// All weights: the parameters whose role is [`Role::Weight`].
    Weights,
    /// All other trained parameters: biases, slopes, the γ and β of norms.
    NotWeights,
}

impl Group {
    fn has(self, name: &[u8], role: Role) -> bool {
        match self {
            Group::Named(pattern) => matches(pattern.as_bytes(), name),
            Group::Weights => role.is_weight(),
            Group::NotWeights => !role.is_weight(),
        }
    }
}

/// Whether `text` is of this pattern, in which `*` stands for any text.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                star = Some((at, t));
                at += 1;
            }
            (Some(&byte), _) if byte == text[t] => (at, t) = (at + 1, t + 1),
            // The last star takes one byte more.
            (_, Some((place, taken))) => {
                star = Some((place, taken + 1));
                (at, t) = (place + 1, taken + 1);
            }
            _ => return false,
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

/// `*.bias`, `weights`, `not weights`
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Group::Named(pattern) => pattern,
            Group::Weights => "weights",
            Group::NotWeights => "not weights",
        })
    }
}

impl<O: Optimizer> Groups<O> {
    /// Creates the rule for all parameters.
    pub const fn new(rule: O) -> Groups<O> {
        Groups { others: rule, groups: Vec::new() }
    }

    /// Adds a rule for those parameters of a group that no group before it has.
    #[must_use]
    pub fn with(mut self, group: Group, rule: O) -> Groups<O> {
        self.groups.push((group, rule));
        self
    }

    fn rule(&self, parameter: &Parameter<'_>) -> &O {
        // Written once a name is asked for: most groups are of a role.
        let mut name = None;
        let mut has = |group: Group| match group {
            Group::Named(_) => {
                let name = name.get_or_insert_with(|| ParameterName::of(parameter));
                group.has(name.bytes(), parameter.role)
            }
            Group::Weights | Group::NotWeights => group.has(&[], parameter.role),
        };
        let rule = self.groups.iter().find(|(group, _)| has(*group));
        rule.map_or(&self.others, |(_, rule)| rule)
    }
}

/// The name of a parameter, written without allocating: this is asked in every step.
struct ParameterName {
    bytes: [u8; ParameterName::MOST],
    len: usize,
}

impl ParameterName {
    /// Longer names are cut: a layer's name has at most 16 bytes, and a block adds its branch's.
    const MOST: usize = 1024;

    fn of(parameter: &Parameter<'_>) -> ParameterName {
        let mut name = ParameterName { bytes: [0; ParameterName::MOST], len: 0 };
        // An error only says that it was cut.
        let _ = write!(name, "{parameter}");
        name
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Write for ParameterName {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let free = &mut self.bytes[self.len..];
        let taken = text.len().min(free.len());
        free[..taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.len += taken;
        if taken == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

impl<O: Optimizer> Optimizer for Groups<O> {
    const MEMORY: usize = O::MEMORY;
    const SCRATCH: usize = O::SCRATCH;

    fn memory(&self) -> usize {
        self.others.memory()
    }

    /// The learning rate of the parameters in no group.
    fn lr(&self) -> f64 {
        self.others.lr()
    }

    /// Checks every rule, and that all remember equally many numbers: momentum, for example, is used by all or by none.
    fn validate(&self) -> Result<()> {
        self.others.validate()?;
        for (group, rule) in &self.groups {
            rule.validate()?;
            if rule.memory() != self.memory() {
                return Err(Error::Setting {
                    setting: "group",
                    found: alloc::format!("{group}: {rule}"),
                    expected: alloc::format!("a rule that remembers as many numbers as {}", self.others),
                });
            }
        }
        Ok(())
    }

    fn validate_for(&self, parameters: &[(String, Role)]) -> Result<()> {
        for (group, rule) in &self.groups {
            let cut = |name: &String| name.len().min(ParameterName::MOST);
            if !parameters.iter().any(|(name, role)| group.has(&name.as_bytes()[..cut(name)], *role)) {
                let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
                return Err(Error::Setting {
                    setting: "group",
                    found: group.to_string(),
                    expected: alloc::format!("parameters of the network, which has {}", names.join(", ")),
                });
            }
            rule.validate_for(parameters)?;
        }
        self.others.validate_for(parameters)
    }

    fn needs_whole(&self, parameter: &Parameter<'_>) -> bool {
        self.rule(parameter).needs_whole(parameter)
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        let rule = self.rule(&update.parameter);
        rule.update(&update.at_rate(self.lr(), rule.lr()), numbers, gradient, memory);
    }
}

/// `AdamW, lr 0.0001, …; head.*: AdamW, lr 0.001, …`
impl<O: Optimizer> fmt::Display for Groups<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.others.fmt(f)?;
        self.groups.iter().try_for_each(|(group, rule)| write!(f, "; {group}: {rule}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{BatchNorm, Dense};
    use crate::network::{Chain, Network};
    use crate::optim::{SGD, step};

    type Net = Chain<Dense<1, 1, f64>, BatchNorm<1, 1, 1, { 1e-5f64.to_bits() }, { 0.1f64.to_bits() }, f64>>;

    /// The weight, the bias, γ and β after a step from 0 with a gradient of 1 everywhere, at half the learning rate of the rule.
    fn step_from_zero(rule: &impl Optimizer) -> [f64; 4] {
        let (mut network, mut gradient) = (Net::zeros(), Net::zeros());
        (gradient.0.weight, gradient.0.bias) = ([[1.0]], [1.0]);
        (gradient.1.gamma, gradient.1.beta) = ([1.0], [1.0]);
        step(rule, 0.5 * rule.lr(), 1, &mut *network, &gradient, &mut []);
        [network.0.weight[0][0], network.0.bias[0], network.1.gamma[0], network.1.beta[0]]
    }

    #[test]
    fn the_first_group_that_has_a_parameter_decides() {
        let rule = Groups::new(SGD::new(1.0));
        assert_eq!(step_from_zero(&rule), [-0.5; 4]);
        let rule = rule.with(Group::Named("*.bias"), SGD::new(2.0)).with(Group::NotWeights, SGD::new(4.0));
        // In files, β is called `bias` and γ `weight`, as in PyTorch.
        assert_eq!(step_from_zero(&rule), [-0.5, -1.0, -2.0, -1.0]);
        let rule = rule.with(Group::Weights, SGD::new(8.0)).with(Group::Named("*"), SGD::new(16.0));
        assert_eq!(step_from_zero(&rule), [-4.0, -1.0, -2.0, -1.0]);
        assert_eq!(
            rule.to_string(),
            "SGD, lr 1; *.bias: SGD, lr 2; not weights: SGD, lr 4; weights: SGD, lr 8; *: SGD, lr 16"
        );
    }

    #[test]
    fn a_star_is_any_text() {
        for (pattern, texts, others) in [
            ("fc.*", &["fc.weight", "fc."][..], &["fc", "xfc.bias", "fc2.weight"][..]),
            ("*.bias", &["0.bias", "a.b.bias", ".bias"], &["bias", "0.bias2"]),
            ("a*b*c", &["abc", "aXbXbc", "abcc"], &["ab", "abcX"]),
            ("0.weight", &["0.weight"], &["10.weight", "0.weigh"]),
            ("", &[""], &["a"]),
            ("**", &["", "a"], &[]),
        ] {
            assert!(texts.iter().all(|text| matches(pattern.as_bytes(), text.as_bytes())), "{pattern}");
            assert!(!others.iter().any(|text| matches(pattern.as_bytes(), text.as_bytes())), "{pattern}");
        }
    }

    #[test]
    fn groups_that_cannot_work_are_refused() {
        let error = |result: Result<()>| result.map_err(|error| error.to_string()).unwrap_err();
        let rule = Groups::new(SGD::new(1.0)).with(Group::Weights, SGD::new(1.0).momentum(0.9));
        let expected = "a rule that remembers as many numbers as SGD, lr 1";
        assert_eq!(
            error(rule.validate()),
            alloc::format!("group: found weights: SGD, lr 1, momentum 0.9, expected {expected}")
        );
        let rule = Groups::new(SGD::new(1.0)).with(Group::Weights, SGD::new(-1.0));
        assert_eq!(error(rule.validate()), "lr: found -1, expected a number above 0");
        let rule = Groups::new(SGD::new(1.0)).with(Group::Named("fc1.*"), SGD::new(2.0));
        let parameters = [("fc.weight".to_string(), Role::Constant(0.0)), ("fc.bias".to_string(), Role::Constant(0.0))];
        let expected = "parameters of the network, which has fc.weight, fc.bias";
        assert_eq!(error(rule.validate_for(&parameters)), alloc::format!("group: found fc1.*, expected {expected}"));
    }

    #[test]
    fn a_name_that_is_too_long_is_cut() {
        let mut name = ParameterName { bytes: [0; ParameterName::MOST], len: 0 };
        assert!(name.write_str(&"a".repeat(ParameterName::MOST - 1)).is_ok());
        assert!(name.write_str("bc").is_err());
        assert_eq!((name.bytes().len(), name.bytes().last()), (ParameterName::MOST, Some(&b'b')));
    }
}

//! Changes of files for tests that look for panics.

use serde_json::Value;

/// Numbers that are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// One below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// Values that do not belong where they come to stand.
pub(crate) fn odd(dice: &mut Dice, old: &Value) -> Value {
    let negative = old.as_f64().map_or(Value::from(-1), |old| Value::from(-old));
    let choices = [
        Value::Null,
        Value::from(0),
        negative,
        Value::from(1e300),
        Value::from(1e-300),
        Value::from(999_999),
        Value::from(0.5),
        Value::from("?"),
        Value::from(true),
        Value::from(false),
        Value::from(vec![1, 2]),
        serde_json::json!({"_module": "numpy", "_class": "float64", "_object": "x"}),
        serde_json::json!({"_module": "pandas.core.frame", "_class": "DataFrame", "_object": "{\"columns\":"}),
    ];
    choices[dice.below(choices.len())].clone()
}

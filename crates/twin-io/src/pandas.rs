//! pandas data frames and Python objects in JSON, as pandapower and pandapipes write them.
//!
//! Every object is `{"_module": …, "_class": …, "_object": …}`; the object may itself be JSON inside of a string, to any
//! depth. Data frames are in the orientation `split`: columns, index, rows. Numbers of numpy are objects too. Python writes
//! `NaN` and `Infinity`, which are no JSON: they count as missing.

use std::borrow::Cow;

use serde_json::Value;

/// Parses JSON as Python writes it.
pub(crate) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| match without_nan(text) {
        Cow::Borrowed(_) => Err(error),
        Cow::Owned(text) => serde_json::from_str(&text).map_err(|_| error),
    })
}

/// The text with `null` for `NaN`, `Infinity` and `-Infinity` outside of strings.
fn without_nan(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'N' | b'I' | b'-' if !in_string => {
                let token = ["NaN", "Infinity", "-Infinity"].into_iter().find(|token| text[at..].starts_with(token));
                if let Some(token) = token {
                    out.push_str(&text[copied..at]);
                    out.push_str("null");
                    at += token.len();
                    copied = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The class of an object: `DataFrame`, `pandapipesNet`.
pub(crate) fn class(value: &Value) -> Option<&str> {
    value.get("_class")?.as_str()
}

/// What is inside of an object, out of its string where it stands in one; any other value is itself.
pub(crate) fn inner(value: &Value) -> Result<Cow<'_, Value>, serde_json::Error> {
    match value.get("_object") {
        Some(Value::String(text)) => Ok(Cow::Owned(parse(text)?)),
        Some(object) => Ok(Cow::Borrowed(object)),
        None => Ok(Cow::Borrowed(value)),
    }
}

/// A number, also one of numpy; nothing where it is missing or no number.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Object(_) => value.get("_object").and_then(number),
        _ => None,
    }
}

/// A list of numbers, also an array of numpy.
pub(crate) fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Array(values) => values.iter().map(number).collect(),
        Value::Object(_) => value.get("_object").and_then(numbers),
        Value::String(text) => numbers(&parse(text).ok()?),
        _ => None,
    }
}

/// A data frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frame {
    columns: Vec<String>,
    index: Vec<Value>,
    rows: Vec<Vec<Value>>,
}

impl Frame {
    /// Decodes a data frame object.
    pub(crate) fn decode(value: &Value) -> Result<Self, String> {
        if class(value) != Some("DataFrame") {
            return Err("it is no data frame".to_owned());
        }
        let orient = value.get("orient").and_then(Value::as_str).unwrap_or("split");
        if orient != "split" {
            return Err(format!("its orientation is `{orient}`, only `split` is read"));
        }
        let frame = inner(value).map_err(|error| format!("its content is no JSON: {error}"))?;
        let list = |name: &str| {
            frame.get(name).and_then(Value::as_array).cloned().ok_or_else(|| format!("it has no list `{name}`"))
        };
        let columns: Vec<String> =
            list("columns")?.iter().map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned)).collect();
        let index = list("index")?;
        let rows: Vec<Vec<Value>> = list("data")?
            .into_iter()
            .map(|row| match row {
                Value::Array(cells) if cells.len() == columns.len() => Ok(cells),
                other => Err(format!(
                    "a row has {} cells for {} columns",
                    other.as_array().map_or(0, Vec::len),
                    columns.len()
                )),
            })
            .collect::<Result<_, _>>()?;
        if index.len() != rows.len() {
            return Err(format!("it has {} labels for {} rows", index.len(), rows.len()));
        }
        Ok(Self { columns, index, rows })
    }

    /// The number of rows.
    pub(crate) const fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is a column of this name.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// The label of a row: pandapower's and pandapipes' number of the element.
    pub(crate) fn label(&self, row: usize) -> String {
        match &self.index[row] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The label of a row as a number.
    pub(crate) fn number_of_row(&self, row: usize) -> Option<i64> {
        self.index[row].as_i64()
    }

    /// A cell; nothing where the column or the value is missing.
    pub(crate) fn cell(&self, row: usize, column: &str) -> Option<&Value> {
        let place = self.columns.iter().position(|name| name == column)?;
        self.rows[row].get(place).filter(|value| !value.is_null())
    }

    /// A number; nothing where it is missing. A value that is no number is an error: the value.
    pub(crate) fn number(&self, row: usize, column: &str) -> Result<Option<f64>, String> {
        self.typed(row, column, |value| number(value).filter(|value| value.is_finite()))
    }

    /// A whole number.
    pub(crate) fn integer(&self, row: usize, column: &str) -> Result<Option<i64>, String> {
        let whole = |value: &Value| {
            value.as_i64().or_else(|| number(value).filter(|value| value.fract() == 0.0).map(|value| value as i64))
        };
        self.typed(row, column, whole)
    }

    /// Yes or no; numbers count as in Python.
    pub(crate) fn boolean(&self, row: usize, column: &str) -> Result<Option<bool>, String> {
        self.typed(row, column, |value| value.as_bool().or_else(|| number(value).map(|value| value != 0.0)))
    }

    /// A text; a number becomes its digits.
    pub(crate) fn text(&self, row: usize, column: &str) -> Option<String> {
        match self.cell(row, column)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn typed<T>(&self, row: usize, column: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
        match self.cell(row, column) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| value.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_in_strings_with_missing_values() {
        let text = r#"{"_module": "pandas.core.frame", "_class": "DataFrame", "orient": "split", "is_multiindex": false,
            "_object": "{\"columns\":[\"name\",\"p_bar\",\"open\"],\"index\":[7,9],\"data\":[[\"NaN at home\",1.5,true],[null,NaN,0]]}"}"#;
        let frame = Frame::decode(&parse(text).unwrap()).unwrap();
        assert_eq!((frame.n_rows(), frame.label(1), frame.number_of_row(0)), (2, "9".to_owned(), Some(7)));
        assert_eq!(frame.text(0, "name").as_deref(), Some("NaN at home"));
        assert_eq!(frame.number(0, "p_bar"), Ok(Some(1.5)));
        assert_eq!(frame.number(1, "p_bar"), Ok(None));
        assert_eq!(frame.number(0, "name"), Err("\"NaN at home\"".to_owned()));
        assert_eq!((frame.boolean(0, "open"), frame.boolean(1, "open")), (Ok(Some(true)), Ok(Some(false))));
        assert!(!frame.has("length") && frame.cell(0, "length").is_none());
    }

    #[test]
    fn numbers_of_numpy_and_numbers_that_are_none() {
        let array = parse(
            r#"{"_module": "numpy", "_class": "array", "dtype": "float64",
                "_object": [{"_module": "numpy", "_class": "float64", "_object": 263.0}, 2]}"#,
        )
        .unwrap();
        assert_eq!(numbers(&array), Some(vec![263.0, 2.0]));
        let odd = parse(r#"{"a": -Infinity, "b": "Infinity", "c": [NaN, Infinity]}"#).unwrap();
        assert_eq!(odd.to_string(), r#"{"a":null,"b":"Infinity","c":[null,null]}"#);
        assert!(parse("{\"a\": nan}").is_err());
    }

    #[test]
    fn broken_frames_are_told() {
        let broken = |object: &str| {
            let value = serde_json::json!({"_class": "DataFrame", "_object": object});
            Frame::decode(&value).unwrap_err()
        };
        assert!(broken("{").contains("no JSON"));
        assert!(broken("{\"columns\": [], \"index\": []}").contains("`data`"));
        assert!(broken("{\"columns\": [\"a\"], \"index\": [0], \"data\": [[1, 2]]}").contains("2 cells for 1"));
        assert!(broken("{\"columns\": [\"a\"], \"index\": [], \"data\": [[1]]}").contains("0 labels"));
        assert!(Frame::decode(&Value::Null).is_err());
    }
}

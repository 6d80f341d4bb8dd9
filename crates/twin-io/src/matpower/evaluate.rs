//! The few lines of MATLAB that cases carry behind their tables, such as the change from ohms to per unit.
//!
//! Numbers, whole columns, the four operations, powers, and the functions that cases use. What goes beyond is told.

use std::collections::BTreeMap;

use super::Tables;

/// A value: one number, or columns of numbers.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Number(f64),
    Columns(Vec<Vec<f64>>),
}

/// Numbers of the columns by MATPOWER's names.
const COLUMNS: [(&str, usize); 45] = [
    ("PQ", 1),
    ("PV", 2),
    ("REF", 3),
    ("NONE", 4),
    ("BUS_I", 1),
    ("BUS_TYPE", 2),
    ("PD", 3),
    ("QD", 4),
    ("GS", 5),
    ("BS", 6),
    ("BUS_AREA", 7),
    ("VM", 8),
    ("VA", 9),
    ("BASE_KV", 10),
    ("ZONE", 11),
    ("VMAX", 12),
    ("VMIN", 13),
    ("F_BUS", 1),
    ("T_BUS", 2),
    ("BR_R", 3),
    ("BR_X", 4),
    ("BR_B", 5),
    ("RATE_A", 6),
    ("RATE_B", 7),
    ("RATE_C", 8),
    ("TAP", 9),
    ("SHIFT", 10),
    ("BR_STATUS", 11),
    ("ANGMIN", 12),
    ("ANGMAX", 13),
    ("GEN_BUS", 1),
    ("PG", 2),
    ("QG", 3),
    ("QMAX", 4),
    ("QMIN", 5),
    ("VG", 6),
    ("MBASE", 7),
    ("GEN_STATUS", 8),
    ("PMAX", 9),
    ("PMIN", 10),
    ("MU_VMAX", 16),
    ("LAM_P", 14),
    ("LAM_Q", 15),
    ("MU_VMIN", 17),
    ("PF", 14),
];

/// Variables that statements made.
#[derive(Debug, Default)]
pub(super) struct Variables(BTreeMap<String, Value>);

/// Carries out an assignment.
///
/// # Errors
/// What is not understood.
pub(super) fn assign(target: &str, source: &str, tables: &mut Tables, variables: &mut Variables) -> Result<(), String> {
    let target = target.trim();
    // Names of columns from MATPOWER itself: `[PQ, PV, …] = idx_bus`, `define_constants`.
    if source.trim().starts_with("idx_") {
        return Ok(());
    }
    let value = {
        let mut reader = Reader { words: words(source)?, at: 0, tables, variables };
        let value = reader.sum()?;
        if reader.at < reader.words.len() {
            return Err(format!("`{}` is not understood", reader.words[reader.at]));
        }
        value
    };
    if let Some(name) = target.strip_prefix("mpc.") {
        let mut reader = Reader { words: words(name)?, at: 1, tables, variables };
        let table = reader.words[0].clone();
        if table == "baseMVA"
            && let Value::Number(base) = value
        {
            tables.base_mva = base;
            return Ok(());
        }
        let columns = reader.columns()?;
        let rows = tables.table_mut(&table).ok_or_else(|| format!("there is no table `{table}`"))?;
        for (number, column) in columns.into_iter().enumerate() {
            for (row, cells) in rows.iter_mut().enumerate() {
                let new = match &value {
                    Value::Number(new) => *new,
                    Value::Columns(new) => *new
                        .get(number)
                        .and_then(|new| new.get(row))
                        .ok_or_else(|| "the two sides differ in size".to_owned())?,
                };
                *cells.get_mut(column).ok_or_else(|| format!("there is no column {}", column + 1))? = new;
            }
        }
        return Ok(());
    }
    if target.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        variables.0.insert(target.to_owned(), value);
        return Ok(());
    }
    Err(format!("nothing can be assigned to `{target}`"))
}

/// Names, numbers and signs.
fn words(text: &str) -> Result<Vec<String>, String> {
    let letters: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        let begin = at;
        if letter.is_whitespace() {
            at += 1;
            // A space between two values within brackets parts them.
            continue;
        }
        if letter.is_alphabetic() {
            while at < letters.len() && (letters[at].is_alphanumeric() || matches!(letters[at], '_' | '.')) {
                at += 1;
            }
        } else if letter.is_ascii_digit() || (letter == '.' && letters.get(at + 1).is_some_and(char::is_ascii_digit)) {
            while at < letters.len()
                && (letters[at].is_ascii_digit()
                    || (letters[at] == '.' && !matches!(letters.get(at + 1), Some('*' | '/' | '^')))
                    || matches!(letters[at], 'e' | 'E')
                    || (matches!(letters[at], '+' | '-') && matches!(letters[at - 1], 'e' | 'E')))
            {
                at += 1;
            }
        } else if letter == '.' && matches!(letters.get(at + 1), Some('*' | '/' | '^')) {
            at += 2;
            out.push(letters[begin + 1].to_string());
            continue;
        } else if "+-*/^()[],:".contains(letter) {
            at += 1;
        } else {
            return Err(format!("`{letter}` is not understood"));
        }
        out.push(letters[begin..at].iter().collect());
    }
    Ok(out)
}

struct Reader<'a> {
    words: Vec<String>,
    at: usize,
    tables: &'a Tables,
    variables: &'a Variables,
}

impl Reader<'_> {
    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", String::as_str)
    }

    fn take(&mut self) -> String {
        self.at += 1;
        self.words.get(self.at - 1).cloned().unwrap_or_default()
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        let found = self.take();
        if found == word { Ok(()) } else { Err(format!("`{word}` is missing before `{found}`")) }
    }

    fn sum(&mut self) -> Result<Value, String> {
        let mut value = self.product()?;
        while matches!(self.peek(), "+" | "-") {
            let is_plus = self.take() == "+";
            let other = self.product()?;
            value = pairwise(value, other, |a, b| if is_plus { a + b } else { a - b })?;
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<Value, String> {
        let mut value = self.power()?;
        while matches!(self.peek(), "*" | "/") {
            let is_times = self.take() == "*";
            let other = self.power()?;
            value = pairwise(value, other, |a, b| if is_times { a * b } else { a / b })?;
        }
        Ok(value)
    }

    fn power(&mut self) -> Result<Value, String> {
        let value = self.value()?;
        if self.peek() == "^" {
            self.take();
            let exponent = self.value()?;
            return pairwise(value, exponent, f64::powf);
        }
        Ok(value)
    }

    fn value(&mut self) -> Result<Value, String> {
        let word = self.take();
        match word.as_str() {
            "-" => pairwise(Value::Number(0.0), self.power()?, |a, b| a - b),
            "+" => self.power(),
            "(" => {
                let value = self.sum()?;
                self.expect(")")?;
                Ok(value)
            }
            "pi" => Ok(Value::Number(std::f64::consts::PI)),
            _ if word.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') => {
                word.parse().map(Value::Number).map_err(|_| format!("`{word}` is no number"))
            }
            "mpc.baseMVA" | "baseMVA" => Ok(Value::Number(self.tables.base_mva)),
            _ => self.named(&word),
        }
    }

    fn named(&mut self, word: &str) -> Result<Value, String> {
        if let Some(table) = word.strip_prefix("mpc.") {
            return self.part(table);
        }
        if let Some(value) = self.variables.0.get(word) {
            return Ok(value.clone());
        }
        if let Some((_, column)) = COLUMNS.iter().find(|(name, _)| *name == word) {
            return Ok(Value::Number(*column as f64));
        }
        let function: fn(f64) -> f64 = match word {
            "sin" => f64::sin,
            "cos" => f64::cos,
            "tan" => f64::tan,
            "acos" => f64::acos,
            "asin" => f64::asin,
            "atan" => f64::atan,
            "sqrt" => f64::sqrt,
            "abs" => f64::abs,
            "exp" => f64::exp,
            "log" => f64::ln,
            _ => return Err(format!("`{word}` is not known")),
        };
        self.expect("(")?;
        let argument = self.sum()?;
        self.expect(")")?;
        pairwise(argument, Value::Number(0.0), |a, _| function(a))
    }

    /// `(1, BASE_KV)` or `(:, [PD QD])` of a table.
    fn part(&mut self, table: &str) -> Result<Value, String> {
        let rows = self.tables.table(table).ok_or_else(|| format!("there is no table `{table}`"))?.to_vec();
        if self.words.get(self.at + 1).map(String::as_str) != Some(":") {
            self.expect("(")?;
            let (row, column) = (self.sum()?, {
                self.expect(",")?;
                self.sum()?
            });
            self.expect(")")?;
            let (Value::Number(row), Value::Number(column)) = (row, column) else {
                return Err("a cell needs two numbers".to_owned());
            };
            let cell = rows.get(row as usize - 1).and_then(|cells| cells.get((column as usize).checked_sub(1)?));
            return cell.copied().map(Value::Number).ok_or_else(|| format!("there is no cell ({row}, {column})"));
        }
        let columns = self.columns()?;
        let of = |column: usize| -> Result<Vec<f64>, String> {
            rows.iter()
                .map(|cells| cells.get(column).copied().ok_or_else(|| format!("there is no column {}", column + 1)))
                .collect()
        };
        columns.into_iter().map(of).collect::<Result<_, _>>().map(Value::Columns)
    }

    /// `(:, PD)` or `(:, [PD, QD])`: the columns from 0.
    fn columns(&mut self) -> Result<Vec<usize>, String> {
        self.expect("(")?;
        self.expect(":")?;
        self.expect(",")?;
        let mut out = Vec::new();
        let is_list = self.peek() == "[";
        if is_list {
            self.take();
        }
        loop {
            match self.value()? {
                Value::Number(column) if column >= 1.0 => out.push(column as usize - 1),
                _ => return Err("a column is no number".to_owned()),
            }
            if self.peek() == "," {
                self.take();
            }
            if !is_list || self.peek() == "]" || self.peek().is_empty() {
                break;
            }
        }
        if is_list {
            self.expect("]")?;
        }
        self.expect(")")?;
        Ok(out)
    }
}

/// Number by number; one number goes with every one of columns.
fn pairwise(a: Value, b: Value, of: impl Fn(f64, f64) -> f64) -> Result<Value, String> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Ok(Value::Number(of(a, b))),
        (Value::Columns(a), Value::Number(b)) => {
            Ok(Value::Columns(a.into_iter().map(|column| column.into_iter().map(|a| of(a, b)).collect()).collect()))
        }
        (Value::Number(a), Value::Columns(b)) => {
            Ok(Value::Columns(b.into_iter().map(|column| column.into_iter().map(|b| of(a, b)).collect()).collect()))
        }
        (Value::Columns(a), Value::Columns(b)) => {
            let fits = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.len() == b.len());
            if !fits {
                return Err("the two sides differ in size".to_owned());
            }
            let columns = a.into_iter().zip(b).map(|(a, b)| a.into_iter().zip(b).map(|(a, b)| of(a, b)).collect());
            Ok(Value::Columns(columns.collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_behind_a_distribution_case() {
        let mut tables = Tables {
            base_mva: 10.0,
            bus: vec![vec![1.0, 3.0, 100.0, 60.0, 0.0, 0.0, 1.0, 1.0, 0.0, 12.66]],
            branch: vec![vec![1.0, 2.0, 0.0922, 0.047]],
            ..Tables::default()
        };
        let mut variables = Variables::default();
        for line in [
            "[PQ, PV] = idx_bus",
            "Vbase = mpc.bus(1, BASE_KV) * 1e3",
            "Sbase = mpc.baseMVA * 1e6",
            "mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase)",
            "pf = 0.85",
            "mpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf))",
            "mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3",
        ] {
            let (target, source) = line.split_once('=').unwrap();
            assign(target, source, &mut tables, &mut variables).unwrap();
        }
        assert!((tables.branch[0][2] - 0.0922 / 16.027_56).abs() < 1e-9);
        assert!((tables.bus[0][2] - 0.1).abs() < 1e-15);
        assert!((tables.bus[0][3] - 0.1 * 0.85f64.acos().sin()).abs() < 1e-15);
        assert!(assign("mpc.bus(1, 2)", "3", &mut tables, &mut variables).is_err());
        assert!(assign("x", "find(mpc.bus)", &mut tables, &mut variables).is_err());
    }
}

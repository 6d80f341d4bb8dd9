//! The few lines of MATLAB that cases carry behind their tables, such as the change from ohms to per unit.
//!
//! Numbers, columns and rows of tables, the four operations, powers, comparisons, `find`, and the functions that cases use. What goes
//! beyond is told.

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
        let value = reader.either()?;
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
        let n_rows = tables.table(&table).ok_or_else(|| format!("there is no table `{table}`"))?.len();
        let (chosen, columns) = reader.place(n_rows)?;
        let rows = tables.table_mut(&table).ok_or_else(|| format!("there is no table `{table}`"))?;
        for (number, column) in columns.into_iter().enumerate() {
            for (place, &row) in chosen.iter().enumerate() {
                let new = match &value {
                    Value::Number(new) => *new,
                    Value::Columns(new) => *new
                        .get(number)
                        .and_then(|new| new.get(place))
                        .ok_or_else(|| "the two sides differ in size".to_owned())?,
                };
                let cell = rows.get_mut(row).and_then(|cells| cells.get_mut(column));
                *cell.ok_or_else(|| format!("there is no column {}", column + 1))? = new;
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
        } else if matches!(letter, '<' | '>' | '=' | '~' | '&' | '|') {
            let is_two = match letters.get(at + 1) {
                Some('=') => !matches!(letter, '&' | '|'),
                Some(next) => matches!(letter, '&' | '|') && *next == letter,
                None => false,
            };
            at += if is_two { 2 } else { 1 };
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

    /// Comparisons joined by `&` and `|`: 1 where they hold, else 0.
    fn either(&mut self) -> Result<Value, String> {
        let mut value = self.both()?;
        while matches!(self.peek(), "|" | "||") {
            self.take();
            value = pairwise(value, self.both()?, |a, b| f64::from(a != 0.0 || b != 0.0))?;
        }
        Ok(value)
    }

    fn both(&mut self) -> Result<Value, String> {
        let mut value = self.comparison()?;
        while matches!(self.peek(), "&" | "&&") {
            self.take();
            value = pairwise(value, self.comparison()?, |a, b| f64::from(a != 0.0 && b != 0.0))?;
        }
        Ok(value)
    }

    fn comparison(&mut self) -> Result<Value, String> {
        let value = self.sum()?;
        let holds: fn(f64, f64) -> bool = match self.peek() {
            "<" => |a, b| a < b,
            ">" => |a, b| a > b,
            "<=" => |a, b| a <= b,
            ">=" => |a, b| a >= b,
            "==" => |a, b| a == b,
            "~=" => |a, b| a != b,
            _ => return Ok(value),
        };
        self.take();
        pairwise(value, self.sum()?, |a, b| f64::from(holds(a, b)))
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
            "~" => pairwise(self.value()?, Value::Number(0.0), |a, _| f64::from(a == 0.0)),
            "(" => {
                let value = self.either()?;
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
            "isinf" => |a| f64::from(a.is_infinite()),
            "isnan" => |a| f64::from(a.is_nan()),
            "find" => |a| a,
            _ => return Err(format!("`{word}` is not known")),
        };
        self.expect("(")?;
        let argument = self.either()?;
        self.expect(")")?;
        if word == "find" {
            return found(argument);
        }
        pairwise(argument, Value::Number(0.0), |a, _| function(a))
    }

    /// `(1, BASE_KV)`, `(:, [PD QD])` or `(k, PG)` of a table.
    fn part(&mut self, table: &str) -> Result<Value, String> {
        let rows = self.tables.table(table).ok_or_else(|| format!("there is no table `{table}`"))?.to_vec();
        let is_one = self.words.get(self.at + 1).map(String::as_str) != Some(":");
        let (chosen, columns) = self.place(rows.len())?;
        let of = |column: usize| -> Result<Vec<f64>, String> {
            chosen
                .iter()
                .map(|&row| rows[row].get(column).copied().ok_or_else(|| format!("there is no column {}", column + 1)))
                .collect()
        };
        let parts: Vec<Vec<f64>> = columns.into_iter().map(of).collect::<Result<_, _>>()?;
        match &parts[..] {
            [only] if is_one && only.len() == 1 => Ok(Value::Number(only[0])),
            _ => Ok(Value::Columns(parts)),
        }
    }

    /// `(rows, columns)`, both from 0; the rows exist.
    fn place(&mut self, n_rows: usize) -> Result<(Vec<usize>, Vec<usize>), String> {
        self.expect("(")?;
        let rows = if self.peek() == ":" {
            self.take();
            (0..n_rows).collect()
        } else {
            let chosen = match self.either()? {
                Value::Number(row) => vec![row],
                Value::Columns(mut columns) if columns.len() == 1 => columns.remove(0),
                Value::Columns(_) => return Err("rows are not one column".to_owned()),
            };
            let row = |row: f64| {
                let fits = row >= 1.0 && row <= n_rows as f64 && row.fract() == 0.0;
                if fits { Ok(row as usize - 1) } else { Err(format!("there is no row {row}")) }
            };
            chosen.into_iter().map(row).collect::<Result<_, _>>()?
        };
        self.expect(",")?;
        Ok((rows, self.columns()?))
    }

    /// `PD)` or `[PD, QD])`: the columns from 0, and the bracket that closes the place.
    fn columns(&mut self) -> Result<Vec<usize>, String> {
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

/// The value of a cell that is no plain number: `135/sqrt(3)`.
pub(super) fn constant(text: &str) -> Option<f64> {
    let (tables, variables) = (Tables::default(), Variables::default());
    let mut reader = Reader { words: words(text).ok()?, at: 0, tables: &tables, variables: &variables };
    match reader.either() {
        Ok(Value::Number(number)) if reader.at == reader.words.len() => Some(number),
        _ => None,
    }
}

/// Whether a condition holds; nothing where it is not understood.
pub(super) fn truth(text: &str, tables: &Tables, variables: &Variables) -> Option<bool> {
    let mut reader = Reader { words: words(text).ok()?, at: 0, tables, variables };
    match reader.either() {
        Ok(Value::Number(number)) if reader.at == reader.words.len() => Some(number != 0.0),
        _ => None,
    }
}

/// The numbers, from 1, of what is not 0.
fn found(of: Value) -> Result<Value, String> {
    match of {
        Value::Columns(columns) if columns.len() == 1 => {
            let numbers = columns[0].iter().zip(1u32..).filter(|(value, _)| **value != 0.0);
            Ok(Value::Columns(vec![numbers.map(|(_, number)| f64::from(number)).collect()]))
        }
        _ => Err("`find` looks through one column".to_owned()),
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
        assert!(assign("mpc.bus(2, 2)", "3", &mut tables, &mut variables).is_err());
        assert!(assign("x", "find(mpc.bus)", &mut tables, &mut variables).is_err());
    }

    #[test]
    fn rows_that_a_condition_finds() {
        let row = |q_min: f64, p_mw: f64| vec![1.0, p_mw, 0.0, 9.0, q_min];
        let mut tables = Tables { generator: vec![row(-1.0, 5.0), row(f64::NEG_INFINITY, 7.0)], ..Tables::default() };
        let mut variables = Variables::default();
        assign("k", "find( isinf(mpc.gen(:, QMIN)) & mpc.gen(:, PG) >= 6 )", &mut tables, &mut variables).unwrap();
        assign("mpc.gen(k, QMIN)", "mpc.gen(k, PG)", &mut tables, &mut variables).unwrap();
        assert_eq!([tables.generator[0][4], tables.generator[1][4]], [-1.0, 7.0]);
        assign("mpc.gen(1, QMIN)", "-2", &mut tables, &mut variables).unwrap();
        assert_eq!(tables.generator[0][4], -2.0);
        assign("none", "find(mpc.gen(:, PG) ~= mpc.gen(:, PG) | mpc.gen(:, PG) < 0)", &mut tables, &mut variables)
            .unwrap();
        assign("mpc.gen(none, QMIN)", "mpc.gen(none, PG)", &mut tables, &mut variables).unwrap();
        assert_eq!(
            (constant("135/sqrt(3)"), constant("-2^2"), constant("x")),
            (Some(135.0 / 3f64.sqrt()), Some(-4.0), None)
        );
    }
}

//! The text of a MATPOWER case: statements without comments, each with its line.

#![expect(clippy::type_complexity, reason = "rows, or where the first wrong value stands")]

use super::evaluate;

/// A statement: its text on one line but for matrices, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) line: u32,
}

/// Statements of a file. Within brackets and braces line ends stay, since they end rows.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let mut out = Vec::new();
    let (mut now, mut begin, mut depth) = (String::new(), 0, 0i32);
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1u32..) {
        let mut is_continued = false;
        let mut in_quotes = false;
        let mut last = ' ';
        let mut rest = line.char_indices().peekable();
        while let Some((at, letter)) = rest.next() {
            match letter {
                // Two quotes within a text are one.
                '\'' if in_quotes && rest.peek().is_some_and(|(_, next)| *next == '\'') => {
                    rest.next();
                    now.push('\'');
                }
                // A quote after a name or bracket transposes.
                '\'' if in_quotes || !(last.is_alphanumeric() || matches!(last, ')' | ']' | '}' | '\'')) => {
                    in_quotes = !in_quotes;
                }
                '%' | '#' if !in_quotes => break,
                '.' if !in_quotes && line[at..].starts_with("...") => {
                    is_continued = true;
                    break;
                }
                '[' | '{' | '(' if !in_quotes => depth += 1,
                ']' | '}' | ')' if !in_quotes => depth -= 1,
                ';' | ',' if !in_quotes && depth <= 0 => {
                    finish(&mut out, &mut now, begin);
                    last = letter;
                    continue;
                }
                _ => {}
            }
            if now.is_empty() && !letter.is_whitespace() {
                begin = number;
            }
            if !(now.is_empty() && letter.is_whitespace()) {
                now.push(letter);
            }
            last = letter;
        }
        if is_continued {
            now.push(' ');
        } else if depth > 0 {
            now.push('\n');
        } else {
            depth = 0;
            finish(&mut out, &mut now, begin);
        }
    }
    finish(&mut out, &mut now, begin);
    out
}

fn finish(out: &mut Vec<Statement>, now: &mut String, line: u32) {
    let text = std::mem::take(now).trim().to_owned();
    if !text.is_empty() {
        out.push(Statement { text, line });
    }
}

/// The rows of a matrix `[ … ]`; a value that is no number is told with its row and the value.
pub(super) fn matrix(text: &str) -> Option<Result<Vec<Vec<f64>>, (usize, String)>> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    let mut rows = Vec::new();
    for (line, row) in inside.split(['\n', ';']).enumerate() {
        let words = row.split([' ', '\t', ',', '\r']).filter(|word| !word.is_empty());
        let values: Result<Vec<f64>, (usize, String)> = words
            .map(|word| number(word).or_else(|| evaluate::constant(word)).ok_or_else(|| (line, word.to_owned())))
            .collect();
        match values {
            Ok(values) if values.is_empty() => {}
            Ok(values) => rows.push(values),
            Err(wrong) => return Some(Err(wrong)),
        }
    }
    Some(Ok(rows))
}

/// A number as MATLAB writes it.
pub(super) fn number(word: &str) -> Option<f64> {
    match word.trim_start_matches('+') {
        "Inf" | "inf" => Some(f64::INFINITY),
        "-Inf" | "-inf" => Some(f64::NEG_INFINITY),
        "NaN" | "nan" => Some(f64::NAN),
        other => other
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '-' | '+' | 'e' | 'E'))
            .then(|| other.parse().ok())
            .flatten(),
    }
}

/// The texts of a cell array `{ 'a'; 'b' }`.
pub(super) fn texts(text: &str) -> Option<Vec<String>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    Some(
        inside
            .split(['\n', ';'])
            .filter_map(|word| word.trim().strip_prefix('\'')?.strip_suffix('\'').map(|name| name.trim().to_owned()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_with_comments_and_continuations() {
        let text = "function mpc = a\n%% comment\nmpc.x = [ % rows\n 1 2 3; 4\t5 6\n];\na = 'it''s % here'; b = 2 ...\n * 3;\n";
        let found = statements(text);
        let words: Vec<(&str, u32)> = found.iter().map(|s| (s.text.as_str(), s.line)).collect();
        assert_eq!(words[0], ("function mpc = a", 1));
        assert_eq!((words[2].0, words[3].1), ("a = 'it''s % here'", 6));
        assert!(words[3].0.starts_with("b = 2") && words[3].0.ends_with("* 3"));
        let rows = matrix(found[1].text.split_once('=').unwrap().1.trim()).unwrap().unwrap();
        assert_eq!(rows, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!(matrix("[1 x]").unwrap(), Err((0, "x".to_owned())));
        assert_eq!(texts("{\n 'Riversde V2';\n 'b'\n}").unwrap(), ["Riversde V2", "b"]);
    }
}
